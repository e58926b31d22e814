// The exponent of a power law y ~ x^slope from a few points, by least squares in logarithms. For drift against step
// size, against tolerance or against S_n = Σ τ².
#pragma once

#include <optional>
#include <span>

namespace invar {

struct DriftPoint {
  double x = 0.0;
  double drift = 0.0;
  double floor = 0.0;  // of the rounding in this drift
};

struct Exponent {
  double slope = 0.0;
  double standard_error = 0.0;
  int points = 0;  // that were used
};

/// Only a drift this many times above its floor says how drift scales.
inline constexpr double kAboveFloor = 100.0;

/// Uses the points with finite drift above 100 floors. Nothing where fewer than 3 are left, or fewer than 2 different
/// x: a slope needs an error.
std::optional<Exponent> drift_exponent(std::span<const DriftPoint> points);

}  // namespace invar
