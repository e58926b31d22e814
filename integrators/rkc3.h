// rkc3: a combined chain of order 3 (combined_chain.h), stable on 0.49 s²: 3/4 of RKC's interval with one order more,
// and 1.4 times that of order 4.
#pragma once

#include <cmath>

#include "integrators/combined_chain.h"

namespace invar {

struct Rkc3 {
  static constexpr int kErrorOrder = 3;
  static constexpr int kLeastStages = 4;
  static constexpr double kRounding = 6.0;
  static constexpr bool kCorrected = false;
  // b_1 / b_2 of the chain. Its stage 1 is of order 1 only, by which the condition Σ b_i c_i² = 1/3 alone is missed: by
  // 3e-4 for s = 4, 1e-5 for 8, 5e-7 for 15 here, 32 times that with RKC's own 1. Rounding errors of stage 1 grow with
  // the inverse.
  static constexpr double kStart = 1.0 / 32;

  /// |R| ≤ 0.95 for −interval ≤ z ≤ −0.06.
  static double interval(int s);
  /// Of interval(s), at least for s ≥ 20.
  static double stages(double z) { return std::sqrt(z / 0.4934); }
  static const stabilised::CombinedChain& coefficients(int s);
};

}  // namespace invar
