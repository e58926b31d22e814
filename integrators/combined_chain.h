// Methods whose θ' is a combination of the stages of a Chebyshev chain, one for each term of a stability polynomial's
// Chebyshev series: the polynomial is met whatever it is, and the stages are of order 2 over its whole interval.
// ROCK4's own realisation of its polynomials, a recurrence and four finishing stages, multiplies errors of the stages
// by as much as |w(z)| ~ z⁴: on flows with slow variables bound to stiff ones it loses its order (Sommeijer, Shampine &
// Verwer give the stages of RKC order 2 for this reason).
#pragma once

#include <Eigen/Core>
#include <array>
#include <mutex>
#include <span>

#include "integrators/chebyshev_chain.h"
#include "integrators/stability_polynomial.h"

namespace invar::stabilised {

struct CombinedChain {
  static constexpr std::size_t kTerms = StabilityPolynomial::kMostStages + 1;
  using Terms = std::array<double, kTerms>;
  struct StageWeight {
    int stage = 0;
    double weight = 0.0;
  };

  ChainShape shape;
  Terms combine{};  // θ' = θ + Σ combine_j d_j, j = 0 … s
  // An error estimate, bounded on the whole interval: Σ weight d_stage, a difference of stages, in ascending order; the
  // last is d_s.
  std::array<StageWeight, 8> estimate{};
  ChainCorrection correction;
  Terms inject{};
};

/// Elementary weights (Hairer, Nørsett & Wanner, Solving ODEs I, II.2) for the trees up to order 4: • [•] [[•]]
/// [[[•]]], all that linear problems meet, then [•,•] [•,•,•] [•,[•]] [[•,•]].
using Weights = Eigen::Matrix<double, 8, 1>;
/// 1 / γ.
Weights exact_weights();

/// Those of d_0 … d_s.
void chain_weights(std::span<const ChainTerm> chain, const ChainCorrection& correction, std::span<Weights> weights);

/// The coefficients of T_1 … T_s in the Chebyshev series of R((x − w0) / w1).
void chebyshev_series(const StabilityPolynomial& polynomial, const ChainShape& shape, std::span<double> series);

/// `combine` from the series; its least change that meets the conditions of the trees of linear problems up to `order`.
void combine_stages(int order, std::span<const double> series, std::span<const ChainTerm> chain,
                    std::span<const Weights> weights, std::span<double> combine);

/// The coefficients for `stages`, made at the first request and kept for the process, without allocation.
template <void (*make)(int stages, CombinedChain& result), int least>
const CombinedChain& made_once(int stages) {
  constexpr std::size_t kDegrees = StabilityPolynomial::kMostStages - least + 1;
  static std::array<CombinedChain, kDegrees> made;
  static std::array<std::once_flag, kDegrees> flags;
  const auto degree = static_cast<std::size_t>(stages - least);
  std::call_once(flags[degree], [&] { make(stages, made[degree]); });
  return made[degree];
}

}  // namespace invar::stabilised
