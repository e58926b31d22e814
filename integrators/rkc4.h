// rkc4: a combined chain of order 4 (combined_chain.h), stable on 0.33 s² with ripples of 0.65. The stages of a chain
// alone cannot be of order 4: for them Σ a_ij c_j² ≈ c_i³ / 5 where the flow has c_i³ / 3, so that a polynomial with
// Σ b_i a_ij c_j² = 1/12 has Σ b_i c_i³ ≈ 5/12 instead of 1/4, and one that meets both is stable on 0.1 s² only. One
// stage more, X, a combination of earlier ones, mends it: F(X) less the same combination of their derivatives vanishes
// on linear problems, and R is as it was; on others it is the missing third power. It enters the stages after it in
// shares that keep the errors of stiff components small on the whole interval.
#pragma once

#include <cmath>

#include "integrators/combined_chain.h"

namespace invar {

struct Rkc4 {
  static constexpr int kErrorOrder = 4;
  // With 7 flows cost the same, with 6 a fifth to two fifths more gradients.
  static constexpr int kLeastStages = 8;
  static constexpr double kRounding = 1.0;
  static constexpr bool kCorrected = true;

  /// |R| ≤ 0.651 for −interval ≤ z ≤ −0.5; above, R ≈ exp(z).
  static double interval(int s);
  /// Of interval(s), at most.
  static double stages(double z) { return std::sqrt(z / 0.3316); }
  static const stabilised::CombinedChain& coefficients(int s);
};

}  // namespace invar
