// Where a law's numbers stand in the rows of all laws, and norms over them.
#pragma once

#include <cstddef>
#include <vector>

#include "law/budget.h"
#include "problem/problem.h"

namespace invar {

/// Components and groups of one law among those of all.
struct LawRange {
  std::size_t component = 0, components = 0, group = 0, groups = 0;
};

LawRange form_range(const Problem& problem, std::size_t form);
/// Of a general law, among the general ones; it has no groups.
LawRange general_range(const Problem& problem, std::size_t number);

/// The largest size; NaN where nothing was measured: no values.
double largest_size(const std::vector<double>& values, std::size_t first, std::size_t count);
double root_of_squares(const std::vector<double>& values, std::size_t first, std::size_t count);
/// ‖a − b‖ over a law's components.
double distance(const std::vector<double>& a, const std::vector<double>& b, const LawRange& range);
/// Norm over the components of a form that begin at `first`: off-diagonals of symmetric laws count twice.
double weighted_norm(const LawForm& form, const std::vector<double>& components, std::size_t first);

/// The largest (|step part| + what of the gradient part is no rounding) / bound over a law's groups at the end of a
/// run: at most 1 for a law, whatever the roundings of the run. NaN without a budget.
double bound_ratio(const BudgetRow& end, const LawRange& range);

/// Share of the step part among the parts of a law's drift; the rest is rounding. NaN where there is none of them.
double step_share(const LawForm& form, const BudgetRow& row, std::size_t first);

}  // namespace invar
