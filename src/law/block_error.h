// Eq. 10, the block error: the mean over a block's laws of ‖h(θ_k) − h(θ_0)‖ / ‖h(θ_0)‖, Frobenius norms for a matrix
// law, the 2-norm for a linear vector law. It is undefined for balanced starts, h(θ_0) = 0.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace invar {

/// A start below this share of the sum of the absolute values of h's terms is balanced: what is left of it is rounding.
inline constexpr double kBalanced = 1e-12;

/// One entry a group of the block's laws, as BudgetRow gives them. NaN where no law is there or one starts balanced.
inline double block_error(std::span<const double> drift, std::span<const double> start,
                          std::span<const double> magnitude) {
  if (drift.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0.0;
  for (std::size_t i = 0; i < drift.size(); ++i) {
    if (!(std::abs(start[i]) > kBalanced * magnitude[i])) return std::numeric_limits<double>::quiet_NaN();
    sum += std::abs(drift[i]) / std::abs(start[i]);
  }
  return sum / static_cast<double>(drift.size());
}

}  // namespace invar
