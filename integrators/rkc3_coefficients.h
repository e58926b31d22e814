// The coefficients of rkc3 for s stages. Its stages are those of the Chebyshev chain, each of order 2, over the whole
// interval of a stability polynomial R of order 3 with |R| ≤ 0.95, which is the combination of the stages that gives
// θ'. Such polynomials are stable on 0.49 s²: 3/4 of RKC's interval with one order more (and 1.4 times that of order
// 4). ROCK4's own realisation of its polynomial, a recurrence and four finishing stages, multiplies errors of the
// stages by as much as |w(z)| ~ z⁴: on flows with slow variables bound to stiff ones it loses its order (Sommeijer,
// Shampine & Verwer give the stages of RKC order 2 for this reason).
#pragma once

#include <array>
#include <span>

namespace invar {

struct Rkc3 {
  static constexpr int kLeastStages = 4;
  static constexpr int kMostStages = 250;
  // b_1 / b_2 of the chain. Its stage 1 is of order 1 only, by which the condition Σ b_i c_i² = 1/3 alone is missed: by
  // 3e-4 for s = 4, 1e-5 for 8, 5e-7 for 15 here, 32 times that with RKC's own 1. Rounding errors of stage 1 grow with
  // the inverse.
  static constexpr double kStart = 1.0 / 32;

  double w0 = 0.0, w1 = 0.0;
  std::span<const double> combine;  // θ' = θ + Σ combine_j d_j, j = 0 … s
  // An error estimate of size τ³, bounded on the whole interval: estimate_0 d_i + estimate_1 d_j + estimate_2 d_s for
  // (i, j) = inner, a third difference of stages.
  std::array<int, 2> inner{};
  std::array<double, 3> estimate{};
};

/// |R| ≤ 0.95 for −interval ≤ z ≤ −0.06.
double rkc3_interval(int stages);

/// For kLeastStages ≤ stages ≤ kMostStages; made at the first request and kept for the process, without allocation.
const Rkc3& rkc3(int stages);

}  // namespace invar
