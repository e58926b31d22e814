// The errors of a row relative to the start, Eq. 10, of each law and of each block, and what of them is step and what
// is not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "law/budget.h"
#include "law/form.h"
#include "record/description.h"

namespace invar {

class RowErrors {
 public:
  /// `group_begin`: where each form's groups begin in a row of the budget.
  RowErrors(const std::vector<LawForm>& forms, std::span<const std::int64_t> group_begin);

  /// Columns block_error…, law_error… and law_deviation…; `parts`: also those of step and rest.
  void fill(const BudgetRow& row, bool parts, record::RowValues& values) const;

 private:
  using Groups = std::vector<std::size_t>;
  std::vector<Groups> laws_, blocks_;  // blocks in the order of their first law, as `describe` lists them
};

}  // namespace invar
