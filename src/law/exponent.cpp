#include "law/exponent.h"

#include <cmath>
#include <utility>
#include <vector>

namespace invar {

std::optional<Exponent> drift_exponent(std::span<const DriftPoint> points) {
  std::vector<std::pair<double, double>> logs;
  for (const DriftPoint& point : points) {
    const double drift = std::abs(point.drift);
    if (point.x > 0.0 && std::isfinite(point.x) && std::isfinite(drift) && drift > 0.0 &&
        drift > kAboveFloor * point.floor)
      logs.emplace_back(std::log(point.x), std::log(drift));
  }
  if (logs.size() < 3) return std::nullopt;
  const auto count = static_cast<double>(logs.size());
  double mean_x = 0.0, mean_y = 0.0;
  for (const auto& [x, y] : logs) {
    mean_x += x / count;
    mean_y += y / count;
  }
  double xx = 0.0, xy = 0.0;
  for (const auto& [x, y] : logs) {
    xx += (x - mean_x) * (x - mean_x);
    xy += (x - mean_x) * (y - mean_y);
  }
  // Equal x differ by the rounding of their mean only.
  if (xx <= 1e-20 * (1.0 + mean_x * mean_x)) return std::nullopt;
  const double slope = xy / xx;
  double residual = 0.0;
  for (const auto& [x, y] : logs) {
    const double off = (y - mean_y) - slope * (x - mean_x);
    residual += off * off;
  }
  return Exponent{slope, std::sqrt(residual / (count - 2.0) / xx), static_cast<int>(logs.size())};
}

}  // namespace invar
