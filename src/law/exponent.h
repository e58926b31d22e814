// The exponent of a power law y ~ x^slope from a few points, by least squares in logarithms. For drift against step
// size, against tolerance or against S_n = Σ τ². Points of several series, as of seeds, have one slope and a factor for
// each series.
#pragma once

#include <optional>
#include <span>

namespace invar {

struct DriftPoint {
  double x = 0.0;
  double drift = 0.0;
  double floor = 0.0;  // of the rounding in this drift
  int series = 0;
};

struct Exponent {
  double slope = 0.0;
  double standard_error = 0.0;
  int points = 0;  // that were used
};

/// Only a drift this many times above its floor says how drift scales.
inline constexpr double kAboveFloor = 100.0;

/// Uses the points with finite drift above 100 floors, of series that have two different x there. Nothing where these
/// are no more than 1 + the number of their series: a slope needs an error.
std::optional<Exponent> drift_exponent(std::span<const DriftPoint> points);

}  // namespace invar
