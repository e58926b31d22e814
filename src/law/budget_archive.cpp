// What a budget has to keep so that it can go on: all sums over the steps so far. The forms and options give the rest;
// the row is made anew at each record.
#include "law/budget_state.h"

namespace invar {
namespace form_detail {

void BudgetState::archive(Archive& archive) {
  if (device && !archive.loading()) device->read(totals());
  const auto list_sums = [&](std::string_view name, Evaluator::Sums& sums) {
    const Archive::Group group(archive, name);
    archive("dots_hi", sums.dots_hi);
    archive("dots_lo", sums.dots_lo);
    archive("sums_hi", sums.sums_hi);
    archive("sums_lo", sums.sums_lo);
  };
  list_sums("step_sums", step_sums);
  list_sums("gradient_sums", gradient_sums);
  list_sums("cast_sums", cast_sums);
  list_sums("update_sums", update_sums);
  archive("bound_sum", bound_sum);
  archive("norm_max", norm_max);
  archive("group_bound_sum", group_bound_sum);
  archive("group_norm_max", group_norm_max);
  archive("linear_floor", linear_floor);
  archive("largest_gradient", largest_gradient);
  archive("derivative_scale", derivative_scale);
  archive("gradient_scale", gradient_scale);
  archive("whole_gradient", whole_gradient);
  archive("update_squares", update_squares);
  archive("samples", samples);
  archive("last_sample", last_sample);
  archive("recorded_since_sample", recorded_since_sample);
  archive("bounded", bounded);
  archive("steps", steps);
  archive("sum_step_squared", sum_step_squared);
  archive("weighted_step_squared", weighted_step_squared);
  archive("start_value_hi", start_value.hi);
  archive("start_value_lo", start_value.lo);
  archive("start_magnitude", start_magnitude);
  if (device && archive.loading()) device->write(totals());
}

}  // namespace form_detail

void BudgetRow::archive(Archive& archive) {
  archive("value", value);
  archive("drift", drift);
  archive("step_part", step_part);
  archive("gradient_part", gradient_part);
  archive("update_part", update_part);
  archive("cast_part", cast_part);
  archive("closure", closure);
  archive("closure_tolerance", closure_tolerance);
  archive("bound", bound);
  archive("bound_eq9", bound_eq9);
  archive("floor", floor);
  archive("relative_drift", relative_drift);
  archive("group_start", group_start);
  archive("group_drift", group_drift);
  archive("group_magnitude", group_magnitude);
  archive("group_bound", group_bound);
  archive("group_bound_eq9", group_bound_eq9);
  archive("group_floor", group_floor);
  archive("gradient_rounding", gradient_rounding);
  archive("group_step", group_step);
  archive("divided", divided);
  archive("group_gradient", group_gradient);
  archive("group_gradient_rounding", group_gradient_rounding);
  archive("group_rest", group_rest);
  archive("group_relative_drift", group_relative_drift);
  archive("sum_step_squared", sum_step_squared);
  archive("steps", steps);
}

}  // namespace invar
