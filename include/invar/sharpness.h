// The sharpness of a loss, the largest eigenvalue of its Hessian ∇²C(θ) over all samples, and the smallest one, by the
// Lanczos process on Hessian-vector products (integrators/sharpness.h): gradient descent is stable along the sharpest
// direction for step sizes below 2 / sharpness.
#pragma once

#include <cstdint>
#include <span>

#include "invar/loss.h"

namespace invar::api {

struct SharpnessOptions {
  double tolerance = 1e-8;        // of both residuals, relative to the larger |eigenvalue|; above 0
  std::int64_t max_products = 0;  // 0: as many as parameters, as long as their directions fit into 1 GiB
  std::uint64_t seed = 1;         // of the first direction
};

/// Eigenvalues in units of C / θ². A residual ‖∇²C v − λ v‖, ‖v‖ = 1, bounds the distance to an eigenvalue.
struct Sharpness {
  double largest = 0.0, smallest = 0.0;
  double residual_largest = 0.0, residual_smallest = 0.0;
  std::int64_t products = 0;
  bool converged = false;  // both residuals within the tolerance
};

/// Throws std::invalid_argument: a loss without Hessian-vector product, a product that is not finite, θ [as the loss'
/// parameters] of another length or not finite, a tolerance that is not above 0. Exceptions of the product pass
/// through.
Sharpness sharpness(Loss& loss, std::span<const double> theta, const SharpnessOptions& options = {});

}  // namespace invar::api
