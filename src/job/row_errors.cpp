#include "job/row_errors.h"

#include <algorithm>
#include <string>

#include "law/block_error.h"

namespace invar {

RowErrors::RowErrors(const std::vector<LawForm>& forms, std::span<const std::int64_t> group_begin) {
  std::vector<std::string> scopes;
  for (std::size_t f = 0; f < forms.size(); ++f) {
    Groups groups;
    for (auto g = static_cast<std::size_t>(group_begin[f]); g < static_cast<std::size_t>(group_begin[f + 1]); ++g)
      groups.push_back(g);
    laws_.push_back(groups);
    if (forms[f].kind != LawKind::law) continue;
    const auto found = std::ranges::find(scopes, forms[f].scope);
    const auto block = static_cast<std::size_t>(found - scopes.begin());
    if (found == scopes.end()) {
      scopes.push_back(forms[f].scope);
      blocks_.emplace_back();
    }
    blocks_[block].insert(blocks_[block].end(), groups.begin(), groups.end());
  }
}

void RowErrors::fill(const BudgetRow& row, bool parts, record::RowValues& values) const {
  std::vector<double> change, start, magnitude;
  // `error` of each set of groups, `changes` being their drift or a part of it.
  const auto append = [&](const std::vector<Groups>& sets, auto error, const std::vector<double>& changes,
                          std::vector<double>& column) {
    for (const Groups& groups : sets) {
      change.clear(), start.clear(), magnitude.clear();
      for (const std::size_t g : groups) {
        change.push_back(changes[g]);
        start.push_back(row.group_start[g]);
        magnitude.push_back(row.group_magnitude[g]);
      }
      column.push_back(error(change, start, magnitude));
    }
  };
  append(blocks_, block_error, row.group_drift, values.block_error);
  append(laws_, block_error, row.group_drift, values.law_error);
  append(laws_, deviation, row.group_drift, values.law_deviation);
  if (!parts) return;
  append(blocks_, block_error, row.group_step, values.block_error_step);
  append(blocks_, block_error, row.group_rest, values.block_error_rest);
  append(laws_, block_error, row.group_step, values.law_error_step);
  append(laws_, block_error, row.group_rest, values.law_error_rest);
  append(laws_, deviation, row.group_step, values.law_deviation_step);
  append(laws_, deviation, row.group_rest, values.law_deviation_rest);
}

}  // namespace invar
