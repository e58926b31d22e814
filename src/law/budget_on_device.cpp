#include "law/budget_on_device.h"

#include <cmath>
#include <map>

namespace invar::form_detail {
namespace {

// Lanes and runs by their target.
cuda::StretchSums stretch_sums(const Cut& cut) {
  std::map<std::int32_t, std::vector<cuda::Stretch>> by_target;
  for (const Lanes& lanes : cut.lanes)
    for (std::size_t j = 0; j < lanes.target.size(); ++j)
      by_target[lanes.target[j]].push_back({lanes.base + static_cast<Index>(j), lanes.stride, lanes.length});
  for (const Run& run : cut.runs) by_target[run.target].push_back({run.base, run.stride, run.length});
  cuda::StretchSums sums;
  for (const auto& [target, stretches] : by_target) {
    sums.target.push_back(target);
    sums.stretches.insert(sums.stretches.end(), stretches.begin(), stretches.end());
    sums.begin.push_back(static_cast<Index>(sums.stretches.size()));
  }
  return sums;
}

void append(cuda::NormRows& to, const std::vector<RestrictedNorms::Row>& rows, const std::vector<std::int32_t>& slice,
            const std::vector<std::int32_t>& squared) {
  for (const RestrictedNorms::Row& row : rows) {
    for (const std::int32_t own : row.slices) {
      const std::int32_t joined = slice[static_cast<std::size_t>(own)];
      to.dot.push_back(squared[static_cast<std::size_t>(joined)]);
    }
    to.repeated.insert(to.repeated.end(), row.repeated.begin(), row.repeated.end());
    to.multiplicity.insert(to.multiplicity.end(), row.multiplicity.begin(), row.multiplicity.end());
    to.begin.push_back(static_cast<Index>(to.dot.size()));
    to.repeated_begin.push_back(static_cast<Index>(to.repeated.size()));
  }
}

cuda::ElementPairs element_pairs(const LawForm& form, const std::vector<Pair>& pairs) {
  cuda::ElementPairs result;
  for (const Pair& pair : pairs) {
    const auto p = form.slice(pair.p), q = form.slice(pair.q);
    result.dot.push_back(pair.dot);
    result.p.insert(result.p.end(), p.begin(), p.end());
    result.q.insert(result.q.end(), q.begin(), q.end());
    result.begin.push_back(static_cast<Index>(result.p.size()));
  }
  return result;
}

cuda::LinearRows linear_rows(const LawForm& form, const std::vector<std::size_t>& linear) {
  cuda::LinearRows rows;
  for (const std::size_t c : linear) {
    rows.component.push_back(static_cast<Index>(c));
    for (const LawForm::Sum& sum : form.sums_of(static_cast<std::int64_t>(c)))
      for (const Index element : form.slice(sum.p)) {
        rows.element.push_back(element);
        rows.weight.push_back(std::abs(sum.coefficient));
      }
    rows.begin.push_back(static_cast<Index>(rows.element.size()));
  }
  return rows;
}

}  // namespace

cuda::EulerReductions euler_reductions(const BudgetState& state) {
  const LawForm& form = state.joined_form.form;
  const Arrangement& arrangement = state.evaluator.arrangement();
  cuda::EulerReductions result;
  for (const Panel& panel : arrangement.panels)
    result.panels.push_back(
        {panel.count, panel.length, panel.part, panel.slice_stride, panel.position_stride, panel.elements, panel.dot});
  result.squares = stretch_sums(arrangement.squares);
  result.norms = stretch_sums(arrangement.norms);
  result.pairs = element_pairs(form, arrangement.pairs);
  result.sums = stretch_sums(arrangement.sums);
  result.dots = arrangement.dots;
  result.slices = static_cast<Index>(state.update_sums.sums_hi.size());
  for (const LawBudget& law : state.laws) {
    append(result.component_norms, law.norms.component_rows(), law.slice, arrangement.squared);
    append(result.group_norms, law.norms.group_rows(), law.slice, arrangement.squared);
  }
  result.linear = linear_rows(form, state.linear);
  result.unit_of_parameters = state.unit_of_parameters;
  result.gradient_rounding = kGradientRounding * state.unit_of_gradient;
  return result;
}

cuda::EulerTotals BudgetState::totals() {
  return {&step_sums.dots_hi,
          &step_sums.dots_lo,
          &gradient_sums.dots_hi,
          &gradient_sums.dots_lo,
          &update_sums.dots_hi,
          &update_sums.dots_lo,
          &gradient_sums.sums_hi,
          &gradient_sums.sums_lo,
          &update_sums.sums_hi,
          &update_sums.sums_lo,
          &bound_sum,
          &norm_max,
          &group_bound_sum,
          &group_norm_max,
          &linear_floor,
          &largest_gradient};
}

}  // namespace invar::form_detail
