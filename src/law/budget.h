// The drift budget of one run: what each step changes in every law, split into its causes, and the proof that nothing
// is missing.
//
// A step computes θ' from θ by stages k_i = −∇C(Y_i): Δ = τ Σ b_i k_i is its exact update, ρ = θ' − θ − Δ its rounding.
// Then h(θ') − h(θ) is exactly the sum of
//   step       −τ² Σ_ij m_ij b(k_i,k_j), m_ij = b_i a_ij + b_j a_ji − b_i b_j; for Euler τ² h₂(k), for a linear law 0;
//   gradient   2τ Σ_i b_i b(Y_i,k_i) + h₁(Δ): ∇h along the computed gradients, rounding where h is a law. Got as
//              ∇h(θ + Δ/2)·Δ less `step`, for Euler directly as τ ∇h(θ)·k;
//   cast       taken out of `gradient` in mixed precision: what comes from computing k_i at fl32(Y_i),
//              2τ Σ b_i b(Y_i − fl32(Y_i), k_i);
//   update     ∇h(θ' − ρ/2)·ρ = h(θ') − h(θ' − ρ).
// The parts are sums in double-double over the run. Each is evaluated in `arithmetic`: plain suffices for a float run
// (its products are exact in double) and is blind below its own rounding in a double one; exact carries twice double's
// precision. Values at records are exact, but of a float run whose parts are plain, so closure = Δh − Σ parts shows the
// rounding of the parts alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "archive.h"
#include "backend/cuda/euler_reductions.h"
#include "backend/euler_operands.h"
#include "law/bound.h"
#include "law/evaluate.h"

namespace invar {

template <class S>
struct RungeKuttaStep {
  double tau = 0.0;
  const double* a = nullptr;  // stages × stages, row-major; null for Euler
  const double* b = nullptr;  // null: a step of no tableau, whose whole change is its step part
  int stages = 0;
  const S* const* k = nullptr;  // k_i = −∇C(Y_i), Y_i = θ + τ Σ_j a_ij k_j
  const S* before = nullptr;
  const S* after = nullptr;
};

/// One stage at θ, with weight 1: a step of GD, SGD or the explicit Euler method.
template <class S>
bool is_euler(const RungeKuttaStep<S>& step) {
  return step.b && step.stages == 1 && step.b[0] == 1.0 && (!step.a || step.a[0] == 0.0);
}

struct BudgetOptions {
  Arithmetic arithmetic = Arithmetic::exact;
  bool cast_to_float = false;  // double parameters, gradients computed in float at fl32(θ)
  int max_stages = 1;
  double gradient_unit = 0.0;  // the relative rounding of gradients, where it is not that of their format
};

/// One record: numbers since the start, one a component (form after form), and one a group.
struct BudgetRow {
  std::vector<double> value, drift;  // h and Δh
  std::vector<double> step_part, gradient_part, update_part, cast_part;
  // Δh − Σ parts, and what it may be: c·u·√n·Σ|S_ij θ_i x_j| (x: a step's Δ and ρ; the largest over the steps looked
  // at), u being 2^-53 for plain parts and 2^-106 times the longest slice for exact ones, and the rounding of sums and
  // values.
  std::vector<double> closure, closure_tolerance;
  // (M/2) Σ τ² Σ_ij |m_ij| ‖k_i‖ ‖k_j‖, for Euler (M/2) Σ τ² ‖g‖², and with max ‖k‖² in place of each (Eq. 9). NaN
  // after a step without tableau. For linear components both are the rounding floor: at worst for θ, by estimate for
  // gradients.
  std::vector<double> bound, bound_eq9;
  std::vector<double> floor;  // an estimate of the rounding in Δh, from the sizes of the numbers
  // What the roundings of the gradients make of the gradient part at most: all of one sign, Σ τ instead of √(Σ τ²).
  std::vector<double> gradient_rounding;
  std::vector<double> relative_drift;  // |Δh| / Σ of the absolute values of h's terms at the start

  std::vector<double> group_start, group_drift;  // Frobenius norms of h(θ_0) and Δh
  std::vector<double> group_magnitude;           // and of the sums of the absolute values of h's terms at the start
  std::vector<double> group_bound, group_bound_eq9, group_floor, group_relative_drift;
  std::vector<double> group_step, group_gradient, group_gradient_rounding;  // norms of the parts, and of that rounding
  std::vector<double> group_rest;  // norm of gradient, update and cast part together: what is not step

  double sum_step_squared = 0.0;  // Σ τ²
  std::int64_t steps = 0;
  bool divided = true;  // every step had a tableau, or was Euler's: else all of its change stands in the step part

  void archive(Archive& archive);
};

namespace form_detail {
struct BudgetState;
}

template <class S>
class Budget {
 public:
  /// The forms must outlive the budget. `parameters` is the length of θ.
  Budget(const std::vector<const LawForm*>& forms, Index parameters, BudgetOptions options = {});
  ~Budget();
  Budget(Budget&&) noexcept;
  Budget& operator=(Budget&&) noexcept;

  /// Where each form's components and groups begin in a row; one more entry than forms.
  std::span<const std::int64_t> component_begin() const;
  std::span<const std::int64_t> group_begin() const;

  // These three allocate nothing but at the first step of each kind (Euler's, with a tableau, without).
  void start(const S* theta);
  void step(const RungeKuttaStep<S>& step);
  const BudgetRow& record(const S* theta);

  // Euler's steps whose vectors lie on a device, in plain arithmetic: it reduces them there, and the totals come to the
  // host at records. Before the first start; then no step() but device_step().
  /// What there is to reduce.
  cuda::EulerReductions reductions() const;
  void reduce_on(std::unique_ptr<cuda::DeviceReductions> device);
  /// Whether the next step's vectors are needed on the host, for the sizes of roundings.
  bool wants_vectors() const;
  /// The vectors: null where they are not wanted.
  void device_step(const EulerStep<S>& step);

  /// After a start: what the steps so far leave. A budget of the same forms and options then goes on with the same
  /// bits.
  void archive(Archive& archive);

 private:
  std::unique_ptr<form_detail::BudgetState> state_;
};

extern template class Budget<float>;
extern template class Budget<double>;

}  // namespace invar
