// Construction, the start of a run, and its records.
#include "law/budget_state.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "law/overlap.h"

namespace invar::form_detail {
namespace {

// The closure's constant c in c·u·√n·Σ|S_ij θ_i x_j|. Measured: the worst closure of all laws of all built-in blocks,
// over 10,000 steps of SGD and in flows, is 1.8 of u·√n·Σ|…|; 3.2 in a long run of dopri5 that came to rest, where
// roundings repeat and add up.
constexpr double kClosure = 16.0;

// Parameters closer than this are read in one stretch: a few idle elements cost less than a short loop.
constexpr Index kGap = 64;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

std::vector<Range> ranges_read(const LawForm& form, Index parameters) {
  std::vector<char> used(static_cast<std::size_t>(parameters), 0);
  for (const Index element : form.elements) used[static_cast<std::size_t>(element)] = 1;
  std::vector<Range> ranges;
  for (Index i = 0; i < parameters; ++i) {
    if (!used[static_cast<std::size_t>(i)]) continue;
    if (!ranges.empty() && i - ranges.back().end <= kGap)
      ranges.back().end = i + 1;
    else
      ranges.push_back({i, i + 1});
  }
  return ranges;
}

// The same sets of slices, component by component.
bool read_alike(const LawBudget& a, const LawBudget& b) {
  if (a.slice != b.slice || a.form->group != b.form->group) return false;
  for (std::int64_t c = 0; c < a.form->components(); ++c)
    if (slices_read(*a.form, c) != slices_read(*b.form, c)) return false;
  return true;
}

}  // namespace

LawBudget::LawBudget(const LawForm& law, std::vector<std::int32_t> slices, std::size_t first_component,
                     std::size_t first_group)
    : form(&law),
      slice(std::move(slices)),
      slice_norms(slice.size() + 1, 0.0),
      norms(law),
      constants(bound_constants(law)),
      component(first_component),
      group(first_group),
      components(static_cast<std::size_t>(law.components())),
      groups(static_cast<std::size_t>(law.groups())),
      longest(1.0) {
  for (std::int32_t s = 0; s < law.slices(); ++s) longest = std::max(longest, static_cast<double>(law.slice(s).size()));
}

BudgetState::BudgetState(const std::vector<const LawForm*>& forms, Index size, BudgetOptions given, bool in_float)
    : options(given),
      float_run(in_float),
      unit_of_parameters(in_float ? kUnitFloat : kUnitDouble),
      unit_of_gradient(given.gradient_unit > 0.0         ? given.gradient_unit
                       : in_float || given.cast_to_float ? kUnitFloat
                                                         : kUnitDouble),
      joined_form(joined(forms)),
      evaluator(joined_form.form),
      parameters(static_cast<std::size_t>(size)),
      read(ranges_read(joined_form.form, size)) {
  std::size_t components = 0, groups = 0;
  laws.reserve(forms.size());  // laws point at each other
  for (std::size_t f = 0; f < forms.size(); ++f) {
    laws.emplace_back(*forms[f], joined_form.slice[f], components, groups);
    for (std::size_t other = 0; other < f && !laws[f].norms_like; ++other)
      if (read_alike(laws[other], laws[f])) laws[f].norms_like = &laws[other];
    components += laws.back().components;
    groups += laws.back().groups;
    component_begin.push_back(static_cast<std::int64_t>(components));
    group_begin.push_back(static_cast<std::int64_t>(groups));
  }
  for (std::size_t c = 0; c < components; ++c)
    if (joined_form.form.products_of(static_cast<std::int64_t>(c)).empty()) linear.push_back(c);

  const auto stage_count = static_cast<std::size_t>(options.max_stages);
  if (float_run) {
    stages.resize(stage_count);
    stage_pointers.resize(stage_count);
  }
  evaluator.room_for_three();
  coupling.assign(stage_count * stage_count, {});
  coupling_magnitude.assign(stage_count * stage_count, 0.0);
  for (auto* sums : {&step_sums, &gradient_sums, &cast_sums, &update_sums}) *sums = evaluator.sums();
  slice_norms.assign(static_cast<std::size_t>(joined_form.form.slices()) + 1, 0.0);
  stage_norms.assign(stage_count * components, 0.0);
  stage_group_norms.assign(stage_count * groups, 0.0);
  for (auto* wides : {&start_value, &value, &step_part, &gradient_part, &cast_part, &update_part}) {
    wides->hi.assign(components, 0.0);
    wides->lo.assign(components, 0.0);
  }
  for (auto* numbers :
       {&bound_sum,         &norm_max,       &linear_floor,       &largest_gradient,      &derivative_scale,
        &gradient_scale,    &update_squares, &start_magnitude,    &part_magnitude,        &step_magnitude,
        &rounded_magnitude, &row.value,      &row.drift,          &row.step_part,         &row.gradient_part,
        &row.update_part,   &row.cast_part,  &row.closure,        &row.closure_tolerance, &row.bound,
        &row.bound_eq9,     &row.floor,      &row.relative_drift, &row.gradient_rounding})
    numbers->assign(components, 0.0);
  for (auto* numbers : {&group_bound_sum, &group_norm_max, &row.group_start, &row.group_magnitude, &row.group_drift,
                        &row.group_bound, &row.group_bound_eq9, &row.group_floor, &row.group_relative_drift,
                        &row.group_step, &row.group_gradient, &row.group_gradient_rounding, &row.group_rest})
    numbers->assign(groups, 0.0);
}

void BudgetState::room_for(std::initializer_list<std::vector<double>*> vectors) {
  for (std::vector<double>* vector : vectors) vector->resize(parameters);
}

void BudgetState::room_for_float_step(int count) {
  room_for({&before, &after});
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    room_for({&stages[i]});
    stage_pointers[i] = stages[i].data();
  }
}

template <class S>
void BudgetState::start(const S* theta) {
  for (auto* sums : {&step_sums, &gradient_sums, &cast_sums, &update_sums}) sums->clear();
  for (auto* numbers : {&bound_sum, &norm_max, &linear_floor, &largest_gradient, &derivative_scale, &gradient_scale,
                        &update_squares, &group_bound_sum, &group_norm_max})
    std::fill(numbers->begin(), numbers->end(), 0.0);
  steps = samples = last_sample = 0;
  sum_step_squared = weighted_step_squared = whole_gradient = 0.0;
  recorded_since_sample = false;
  bounded = true;
  if constexpr (std::is_same_v<S, float>)
    evaluator.value(theta, start_value.out());
  else
    evaluator.value(theta, start_value.out(), value_arithmetic());
  evaluator.value_magnitude(theta, start_magnitude.data());
  if (device) device->write(totals());
}

template void BudgetState::start(const float*);
template void BudgetState::start(const double*);

const BudgetRow& BudgetState::record(const double* theta) {
  evaluator.value(theta, value.out(), value_arithmetic());
  return record_value();
}

const BudgetRow& BudgetState::record(const float* theta) {
  evaluator.value(theta, value.out());
  return record_value();
}

const BudgetRow& BudgetState::record_value() {
  if (device) device->read(totals());
  const Evaluator::Part step{&step_sums, 1.0, step_part.out()}, gradient{&gradient_sums, 2.0, gradient_part.out()},
      update{&update_sums, 2.0, update_part.out()}, cast{&cast_sums, 2.0, cast_part.out()};
  if (options.cast_to_float)
    evaluator.combine<4>({step, gradient, update, cast}, true, part_magnitude.data());
  else
    evaluator.combine<3>({step, gradient, update}, true, part_magnitude.data());

  const double root_steps = std::sqrt(static_cast<double>(steps));
  const double per_sample = samples > 0 ? static_cast<double>(steps) / static_cast<double>(samples) : 0.0;
  for (const LawBudget& law : laws) {
    for (std::size_t i = law.component; i < law.component + law.components; ++i) {
      const DoubleDouble drift = value[i] - start_value[i];
      const DoubleDouble parts = (step_part[i] + gradient_part[i]) + (cast_part[i] + update_part[i]);
      row.value[i] = value.hi[i];
      row.drift[i] = drift.hi;
      row.step_part[i] = step_part.hi[i];
      row.gradient_part[i] = gradient_part.hi[i];
      row.cast_part[i] = cast_part.hi[i];
      row.update_part[i] = update_part.hi[i];
      row.closure[i] = (drift - parts).hi;
      // The roundings of the parts, and those that every run has: of the sums of dots and of the two values.
      const double unit = exact() ? kUnitWide * law.longest : kUnitDouble;
      const double values = law.longest * (start_magnitude[i] + std::abs(value.hi[i]));
      row.closure_tolerance[i] =
          kClosure * (unit * root_steps * derivative_scale[i] + kUnitWide * root_steps * part_magnitude[i] +
                      (value_arithmetic() == Arithmetic::plain ? kUnitDouble : kUnitWide) * values);
      row.floor[i] = std::sqrt(per_sample * update_squares[i]) +
                     unit_of_gradient * std::sqrt(sum_step_squared) * gradient_scale[i];
      row.gradient_rounding[i] =
          kGradientRounding * unit_of_gradient * root_steps * std::sqrt(sum_step_squared) * gradient_scale[i];
      if (only_rounding(i))
        row.gradient_rounding[i] = std::max(row.gradient_rounding[i], std::abs(row.gradient_part[i]));
      row.relative_drift[i] = start_magnitude[i] > 0.0 ? std::abs(drift.hi) / start_magnitude[i] : kUndefined;
      const double half = 0.5 * law.constants.component[i - law.component];
      row.bound[i] = bounded ? half * bound_sum[i] : kUndefined;
      row.bound_eq9[i] = bounded ? half * norm_max[i] * weighted_step_squared : kUndefined;
    }
  }
  for (const std::size_t i : linear) row.bound[i] = row.bound_eq9[i] = linear_floor[i];
  for (const LawBudget& law : laws) record_groups(law);
  row.sum_step_squared = sum_step_squared;
  row.steps = steps;
  row.divided = bounded;
  recorded_since_sample = true;
  return row;
}

// Frobenius norms over a group; a group's linear components enter its bounds with their floors.
void BudgetState::record_groups(const LawBudget& law) {
  const auto groups = {&row.group_start, &row.group_magnitude, &row.group_drift,    &row.group_floor,
                       &row.group_bound, &row.group_step,      &row.group_gradient, &row.group_gradient_rounding,
                       &row.group_rest};
  for (auto* numbers : groups) std::fill_n(numbers->begin() + static_cast<std::ptrdiff_t>(law.group), law.groups, 0.0);
  for (std::size_t c = 0; c < law.components; ++c) {
    const std::size_t i = law.component + c, g = law.group + static_cast<std::size_t>(law.form->group[c]);
    const auto add = [&](std::vector<double>& squares, double number) {
      squares[g] += law.form->norm_weight[c] * number * number;
    };
    add(row.group_start, start_value.hi[i]);
    add(row.group_magnitude, start_magnitude[i]);
    add(row.group_drift, row.drift[i]);
    add(row.group_floor, row.floor[i]);
    add(row.group_bound, linear_floor[i]);
    add(row.group_step, row.step_part[i]);
    add(row.group_gradient, row.gradient_part[i]);
    add(row.group_gradient_rounding, row.gradient_rounding[i]);
    add(row.group_rest, row.gradient_part[i] + row.update_part[i] + row.cast_part[i]);
  }
  for (std::size_t j = 0; j < law.groups; ++j) {
    const std::size_t g = law.group + j;
    for (auto* numbers : groups) (*numbers)[g] = std::sqrt((*numbers)[g]);
    row.group_relative_drift[g] =
        row.group_magnitude[g] > 0.0 ? row.group_drift[g] / row.group_magnitude[g] : kUndefined;
    const double half = 0.5 * law.constants.group[j], floors = row.group_bound[g];
    row.group_bound[g] = row.group_bound_eq9[g] = floors;
    if (half == 0.0) continue;
    row.group_bound[g] += bounded ? half * group_bound_sum[g] : kUndefined;
    row.group_bound_eq9[g] += bounded ? half * group_norm_max[g] * weighted_step_squared : kUndefined;
  }
}

}  // namespace invar::form_detail
