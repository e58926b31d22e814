// Ends of the spectrum of ∇²C = −J at θ by the Lanczos process with full reorthogonalisation on exact Hessian-vector
// products (Parlett, The Symmetric Eigenvalue Problem, ch. 13). For a Ritz pair (λ, y) the residual ‖∇²C y − λ y‖
// bounds the distance from λ to an eigenvalue. The start vector is random, the same for the same seed everywhere.
#pragma once

#include <cstdint>

#include "integrators/vector_field.h"

namespace invar {

struct LanczosOptions {
  double tolerance = 1e-8;  // both residuals, relative to the largest |λ|; for float fields at least 10 roundings
  std::int64_t max_products = 0;  // 0: all D directions, as long as they fit into 1 GiB
  std::uint64_t seed = 1;
  bool largest_only = false;         // the smallest may then be far from an end of the spectrum
  State<double>* follows = nullptr;  // begins at this direction, and some of a random one; becomes the largest's vector
};

struct Sharpness {
  double largest = 0.0;  // λ_max, the sharpness
  double smallest = 0.0;
  double residual_largest = 0.0;
  double residual_smallest = 0.0;
  std::int64_t products = 0;
  bool converged = false;  // the residuals asked for within the tolerance
  bool finite = true;      // false: a product was not, and nothing is known
};

template <class S>
Sharpness sharpness(VectorField<S>& field, const State<S>& theta, const LanczosOptions& options = {});

}  // namespace invar
