#include "job/law_range.h"

#include <cmath>
#include <limits>

namespace invar {
LawRange general_range(const Problem& problem, std::size_t number) {
  LawRange range;
  for (std::size_t i = 0; i <= number; ++i) {
    range.component += range.components;
    range.components = static_cast<std::size_t>(extent_product(problem.block.graph[problem.general[i].node].shape));
  }
  return range;
}

double distance(const std::vector<double>& a, const std::vector<double>& b, const LawRange& range) {
  double sum = 0.0;
  for (std::size_t c = range.component; c < range.component + range.components; ++c)
    sum += (a[c] - b[c]) * (a[c] - b[c]);
  return std::sqrt(sum);
}

LawRange form_range(const Problem& problem, std::size_t form) {
  LawRange range;
  for (std::size_t f = 0; f <= form; ++f) {
    range.component += range.components;
    range.group += range.groups;
    range.components = static_cast<std::size_t>(problem.forms[f].components());
    range.groups = static_cast<std::size_t>(problem.forms[f].groups());
  }
  return range;
}

double largest_size(const std::vector<double>& values, std::size_t first, std::size_t count) {
  double largest = std::numeric_limits<double>::quiet_NaN();
  if (values.empty()) return largest;
  for (std::size_t i = first; i < first + count; ++i) largest = std::fmax(largest, std::abs(values[i]));
  return largest;
}

double root_of_squares(const std::vector<double>& values, std::size_t first, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = first; i < first + count; ++i) sum += values[i] * values[i];
  return std::sqrt(sum);
}

double weighted_norm(const LawForm& form, const std::vector<double>& components, std::size_t first) {
  double sum = 0.0;
  for (std::size_t c = 0; c < form.norm_weight.size(); ++c)
    sum += form.norm_weight[c] * components[first + c] * components[first + c];
  return std::sqrt(sum);
}

double step_share(const LawForm& form, const BudgetRow& row, std::size_t first) {
  if (row.step_part.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double step = weighted_norm(form, row.step_part, first);
  const double rest = weighted_norm(form, row.gradient_part, first) + weighted_norm(form, row.update_part, first) +
                      weighted_norm(form, row.cast_part, first);
  return step + rest > 0.0 ? step / (step + rest) : std::numeric_limits<double>::quiet_NaN();
}

double bound_ratio(const BudgetRow& end, const LawRange& range) {
  double largest = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t g = range.group; g < range.group + range.groups; ++g) {
    const double own = std::max(0.0, end.group_gradient[g] - end.group_gradient_rounding[g]);
    // A symplectic method's steps keep every quadratic law: what their part is then is its own rounding.
    const bool exact = end.group_bound[g] == 0.0 && own == 0.0;
    const double ratio = exact ? 0.0 : (end.group_step[g] + own) / end.group_bound[g];
    if (std::isfinite(ratio)) largest = std::fmax(largest, ratio);
  }
  return largest;
}

}  // namespace invar
