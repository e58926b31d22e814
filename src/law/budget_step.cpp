// The parts of one step, by the formulas at the head of budget.h.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "law/budget_state.h"

namespace invar::form_detail {
namespace {

// Implicit stages are where the iteration for them ends, some roundings beside θ + τ Σ a_ij k_j. Their steps are
// few, dear and of very different sizes: each is looked at.
constexpr double kSolved = 4.0;

bool is_implicit(const RungeKuttaStep<double>& step) {
  for (int i = 0; i < step.stages; ++i)
    for (int j = i; j < step.stages; ++j)
      if (step.a && step.a[i * step.stages + j] != 0.0) return true;
  return false;
}

FloatSized float_sized(const EulerStep& step) {
  return {{step.before}, {step.after}, {step.k}, step.tau, {step}};
}

}  // namespace

void BudgetState::step(const RungeKuttaStep<double>& step) {
  if (!step.b)
    step_without_tableau(step);
  else if (is_euler(step))
    euler_step(step);
  else
    tableau_step(step);
  count_step(step.tau, coupling_sum);
}

void BudgetState::count_step(double tau, double coupling_total) {
  ++steps;
  sum_step_squared += tau * tau;
  weighted_step_squared += tau * tau * coupling_total;
}

void BudgetState::float_euler_step(const EulerStep& step) {
  coupling_magnitude[0] = coupling_sum = 1.0;
  evaluator.add_euler(step, step_sums, gradient_sums, update_sums);
  restricted_norms(step.k, 0);
  add_bound(step.tau, 1);
  add_linear_floor(step.after, step.k, step.tau, step.tau);
  if (sample_due()) {
    see_whole(step.k);
    sample(float_sized(step), step.tau);
  }
  count_step(step.tau, 1.0);
}

template <class S>
void BudgetState::device_step(const invar::EulerStep<S>& step) {
  device->step(step.tau);
  if (sample_due()) {
    see_whole(step.k);
    if constexpr (std::is_same_v<S, float>) {
      sample(float_sized(step), step.tau);
    } else {
      take_euler_rounding(step);
      sample(DoubleSized{{step.before}, {step.after}, {step.k}, step.tau, {rho_hi.data()}}, step.tau);
    }
  }
  count_step(step.tau, 1.0);
}

template void BudgetState::device_step(const invar::EulerStep<float>&);
template void BudgetState::device_step(const invar::EulerStep<double>&);

void BudgetState::take_euler_rounding(const invar::EulerStep<double>& step) {
  room_for({&rho_hi});
  if (exact()) room_for({&rho_lo});
  over_read([&](Range range) {
    euler_rounding(range, step.before, step.after, step.k, step.tau, rho_hi.data(), exact() ? rho_lo.data() : nullptr);
  });
}

void BudgetState::euler_step(const RungeKuttaStep<double>& step) {
  const double* k = step.k[0];
  coupling_magnitude[0] = coupling_sum = 1.0;
  take_euler_rounding({step.before, step.after, k, step.tau});
  evaluator.load_square(options.arithmetic, k);
  evaluator.add_to(step_sums, options.arithmetic, two_product(step.tau, step.tau), 0.0);
  restricted_norms(k, 0);
  evaluator.load(options.arithmetic, step.before, k);
  evaluator.add_to(gradient_sums, options.arithmetic, step.tau, step.tau);
  if (options.cast_to_float) add_cast(step);
  add_update(step.after);
  add_bound(step.tau, 1);
  add_linear_floor(step.after, k, step.tau, step.tau);
  if (sample_due()) {
    see_whole(k);
    sample(step, k, step.tau);
  }
}

void BudgetState::tableau_step(const RungeKuttaStep<double>& step) {
  room_for({&delta_hi, &delta_lo, &rho_hi, &rho_lo, &x_hi, &x_lo});
  over_read([&](Range range) {
    exact_update(range, step.stages, step.k, step.b, step.tau, delta_hi.data(), delta_lo.data());
    update_rounding(range, step.before, step.after, delta_hi.data(), delta_lo.data(), rho_hi.data(), rho_lo.data());
    shifted(range, step.before, 0.5, delta_hi.data(), delta_lo.data(), x_hi.data(), x_lo.data());
  });
  // ∇h(θ + Δ/2)·Δ is the whole exact change; `step` and `cast` are taken off as they come.
  evaluator.load(options.arithmetic, {x_hi.data(), x_lo.data()}, {delta_hi.data(), delta_lo.data()});
  evaluator.add_to(gradient_sums, options.arithmetic, 1.0, 1.0);
  set_coupling(step);
  add_stages(step);
  add_bound(step.tau, step.stages);
  if (options.cast_to_float) add_cast(step);
  add_update(step.after);
  add_linear_floor(step.after, delta_hi.data(), 1.0, step.tau);
  const bool solved = is_implicit(step);
  if (!solved && !sample_due()) return;
  see_whole(step.k[0]);
  sample(step, delta_hi.data(), 1.0, solved ? kSolved : 1.0);
}

void BudgetState::step_without_tableau(const RungeKuttaStep<double>& step) {
  room_for({&delta_hi, &delta_lo, &rho_hi, &x_hi, &x_lo});
  bounded = false;
  coupling_sum = 1.0;
  over_read([&](Range range) {
    difference(range, step.before, step.after, delta_hi.data(), delta_lo.data());
    shifted(range, step.before, 0.5, delta_hi.data(), delta_lo.data(), x_hi.data(), x_lo.data());
    std::fill(rho_hi.begin() + range.begin, rho_hi.begin() + range.end, 0.0);
  });
  // Step parts are made with half the factor of a derivative.
  evaluator.load(options.arithmetic, {x_hi.data(), x_lo.data()}, {delta_hi.data(), delta_lo.data()});
  evaluator.add_to(step_sums, options.arithmetic, 2.0, 1.0);
  add_linear_floor(step.after, delta_hi.data(), 1.0, step.tau);
  if (sample_due()) sample(step, delta_hi.data(), 1.0);
}

// m_ij and their absolute values.
void BudgetState::set_coupling(const RungeKuttaStep<double>& step) {
  const auto count = static_cast<std::size_t>(step.stages);
  const auto a = [&](std::size_t i, std::size_t j) { return step.a ? step.a[i * count + j] : 0.0; };
  coupling_sum = 0.0;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < count; ++j) {
      const DoubleDouble symmetric = two_product(step.b[i], a(i, j)) + two_product(step.b[j], a(j, i));
      const DoubleDouble m = symmetric - two_product(step.b[i], step.b[j]);
      coupling[i * count + j] = m;
      coupling_magnitude[i * count + j] = std::abs(m.hi);
      coupling_sum += std::abs(m.hi);
    }
}

// −τ² Σ_ij m_ij b(k_i,k_j) = −τ² Σ_i [m_ii h₂(k_i) + 2 b(k_i, Σ_{j>i} m_ij k_j)].
void BudgetState::add_stages(const RungeKuttaStep<double>& step) {
  const auto count = static_cast<std::size_t>(step.stages);
  const DoubleDouble minus_tau_squared = -two_product(step.tau, step.tau);
  const auto add = [&](DoubleDouble factor) {
    evaluator.add_to(step_sums, options.arithmetic, factor, 0.0);
    evaluator.add_to(gradient_sums, options.arithmetic, -0.5 * factor, 0.0);  // made with the factor 2
  };
  for (std::size_t i = 0; i < count; ++i) {
    const DoubleDouble* m = coupling.data() + i * count;
    const auto nonzero = [](DoubleDouble entry) { return entry.hi != 0.0; };
    if (!std::any_of(m, m + count, nonzero)) continue;
    evaluator.load_square(options.arithmetic, step.k[i]);
    restricted_norms(step.k[i], i);
    add(minus_tau_squared * m[i]);
    if (!std::any_of(m + i + 1, m + count, nonzero)) continue;
    over_read([&](Range range) {
      weighted_stages(range, static_cast<int>(i) + 1, step.stages, step.k, m, x_hi.data(), x_lo.data());
    });
    evaluator.load(options.arithmetic, step.k[i], {x_hi.data(), x_lo.data()});
    add(2.0 * minus_tau_squared);
  }
}

// Of the gradient part, what comes from stages' slopes being computed at fl32(Y_i).
void BudgetState::add_cast(const RungeKuttaStep<double>& step) {
  room_for({&x_hi});
  const auto count = static_cast<std::size_t>(step.stages);
  for (std::size_t i = 0; i < count; ++i) {
    if (step.b[i] == 0.0) continue;
    over_read([&](Range range) {
      stage_cast(range, step.before, step.tau, step.a ? step.stages : 0, step.a ? step.a + i * count : nullptr, step.k,
                 x_hi.data());
    });
    evaluator.load(options.arithmetic, x_hi.data(), step.k[i]);
    const DoubleDouble factor = two_product(step.tau, step.b[i]);
    evaluator.add_to(cast_sums, options.arithmetic, factor, 0.0);
    evaluator.add_to(gradient_sums, options.arithmetic, -factor, 0.0);
  }
}

// ∇h(θ' − ρ/2)·ρ. Only in a plain double run is ρ/2 below the evaluator's rounding of θ'.
void BudgetState::add_update(const double* after_step) {
  const bool shift = exact() || float_run;
  if (shift) room_for({&x_hi, &x_lo});
  if (shift)
    over_read(
        [&](Range range) { shifted(range, after_step, -0.5, rho_hi.data(), rho_lo.data(), x_hi.data(), x_lo.data()); });
  const Wide at = shift ? Wide(x_hi.data(), x_lo.data()) : Wide(after_step);
  evaluator.load(options.arithmetic, at, {rho_hi.data(), rho_lo.data()});
  evaluator.add_to(update_sums, options.arithmetic, 1.0, 1.0);
}

template <class S>
void BudgetState::restricted_norms(const S* k, std::size_t stage) {
  evaluator.squared_norms(slice_norms.data());
  double* components = stage_norms.data() + stage * bound_sum.size();
  double* groups = stage_group_norms.data() + stage * group_bound_sum.size();
  for (LawBudget& law : laws) {
    if (law.norms_like) {  // a control reads what its law reads
      std::copy_n(components + law.norms_like->component, law.components, components + law.component);
      std::copy_n(groups + law.norms_like->group, law.groups, groups + law.group);
      continue;
    }
    for (std::size_t s = 0; s < law.slice.size(); ++s)
      law.slice_norms[s] = slice_norms[static_cast<std::size_t>(law.slice[s])];
    law.norms.components(law.slice_norms.data(), k, components + law.component);
    law.norms.groups(law.slice_norms.data(), k, groups + law.group);
  }
}

// τ² Σ_ij |m_ij| ‖k_i‖ ‖k_j‖ ≥ |Σ τ² m_ij b(k_i,k_j)| · 2/M; Euler: τ² ‖g‖².
void BudgetState::add_bound(double tau, int stage_count) {
  const auto count = static_cast<std::size_t>(stage_count);
  const double tau_squared = tau * tau;
  const auto add = [&](const std::vector<double>& norms, std::vector<double>& sums, std::vector<double>& maxima) {
    const std::size_t size = sums.size();
    double* __restrict sum = sums.data();
    double* __restrict largest = maxima.data();
    for (std::size_t i = 0; i < count; ++i) {
      if (coupling_magnitude[i * count + i] == 0.0 &&
          std::all_of(coupling_magnitude.begin() + static_cast<std::ptrdiff_t>(i * count),
                      coupling_magnitude.begin() + static_cast<std::ptrdiff_t>((i + 1) * count),
                      [](double m) { return m == 0.0; }))
        continue;  // its norms were not made
      const double* a = norms.data() + i * size;
      for (std::size_t c = 0; c < size; ++c) largest[c] = std::max(largest[c], a[c]);
      const double own = tau_squared * coupling_magnitude[i * count + i];
      for (std::size_t c = 0; c < size; ++c) sum[c] += own * a[c];
      for (std::size_t j = i + 1; j < count; ++j) {
        const double both = 2.0 * tau_squared * coupling_magnitude[i * count + j];
        const double* b = norms.data() + j * size;
        if (both == 0.0) continue;
        for (std::size_t c = 0; c < size; ++c) sum[c] += both * std::sqrt(a[c] * b[c]);
      }
    }
  };
  add(stage_norms, bound_sum, norm_max);
  add(stage_group_norms, group_bound_sum, group_norm_max);
}

// What roundings can do to a linear law in one step: of θ' at worst, of the gradient by estimate. Δ = factor · delta.
template <class S>
void BudgetState::add_linear_floor(const S* after_step, const S* delta, double factor, double tau) {
  const LawForm& form = joined_form.form;
  for (const std::size_t i : linear) {
    double position = 0.0, gradient = 0.0;
    for (const LawForm::Sum& sum : form.sums_of(static_cast<std::int64_t>(i)))
      for (const Index element : form.slice(sum.p)) {
        position += std::abs(sum.coefficient * static_cast<double>(after_step[element]));
        gradient += std::abs(sum.coefficient * static_cast<double>(delta[element]));
      }
    gradient *= std::abs(factor);
    if (tau > 0.0) largest_gradient[i] = std::max(largest_gradient[i], gradient / tau);
    linear_floor[i] +=
        unit_of_parameters * (position + gradient) + kGradientRounding * unit_of_gradient * tau * largest_gradient[i];
  }
}

// Sizes change slowly: those steps show them whose numbers are powers of two, and the first one after each record,
// where records are no closer than a sample is worth (one costs twice a step's parts).
bool BudgetState::sample_due() const {
  constexpr std::int64_t kClosest = 16;
  return (steps & (steps - 1)) == 0 || (recorded_since_sample && steps - last_sample >= kClosest);
}

template <class S>
void BudgetState::see_whole(const S* k) {
  double squares = 0.0;
  for (std::size_t i = 0; i < parameters; ++i) squares += static_cast<double>(k[i]) * static_cast<double>(k[i]);
  whole_gradient = std::max(whole_gradient, std::sqrt(squares));
}

template <class S, class Rho>
void BudgetState::sample(const SizedStep<S, Rho>& step, double tau, double roundings) {
  recorded_since_sample = false;
  last_sample = steps;
  ++samples;
  const auto keep_largest = [](std::vector<double>& largest, const std::vector<double>& sizes, double times) {
    for (std::size_t c = 0; c < largest.size(); ++c) largest[c] = std::max(largest[c], times * sizes[c]);
  };
  evaluator.sizes(step, step_magnitude.data(), rounded_magnitude.data(), update_part.out());
  if (tau > 0.0) keep_largest(gradient_scale, step_magnitude, roundings / tau);
  keep_largest(derivative_scale, rounded_magnitude, 1.0);
  for (std::size_t c = 0; c < update_squares.size(); ++c) update_squares[c] += update_part.hi[c] * update_part.hi[c];
}

}  // namespace invar::form_detail
