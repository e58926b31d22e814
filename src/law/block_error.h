// Eq. 10, the block error: the mean over a block's laws of ‖h(θ_k) − h(θ_0)‖ / ‖h(θ_0)‖, Frobenius norms for a matrix
// law, the 2-norm for a linear vector law. It is undefined for laws that start balanced, h(θ_0) = 0: these are left
// out.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace invar {

/// A start below this share of the sum of the absolute values of h's terms is balanced: what is left of it is rounding.
inline constexpr double kBalanced = 1e-12;

/// One entry a group of the block's laws, as BudgetRow gives them. NaN where all start balanced, or none is there.
inline double block_error(std::span<const double> drift, std::span<const double> start,
                          std::span<const double> magnitude) {
  double sum = 0.0;
  int laws = 0;
  for (std::size_t i = 0; i < drift.size(); ++i) {
    if (std::abs(start[i]) <= kBalanced * magnitude[i]) continue;
    sum += std::abs(drift[i]) / std::abs(start[i]);
    ++laws;
  }
  return laws > 0 ? sum / laws : std::numeric_limits<double>::quiet_NaN();
}

/// The 2-norm of all groups' drifts together over that of their starts, with the entries of block_error. NaN where they
/// start balanced.
inline double deviation(std::span<const double> drift, std::span<const double> start,
                        std::span<const double> magnitude) {
  const auto squares = [](std::span<const double> norms) {
    double sum = 0.0;
    for (const double norm : norms) sum += norm * norm;
    return sum;
  };
  const double from = std::sqrt(squares(start));
  if (from <= kBalanced * std::sqrt(squares(magnitude))) return std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(squares(drift)) / from;
}

}  // namespace invar
