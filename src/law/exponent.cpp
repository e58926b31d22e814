#include "law/exponent.h"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

namespace invar {
namespace {

/// Points of one series in logarithms, about their mean.
struct Series {
  std::vector<std::pair<double, double>> points;
  double xx = 0.0, xy = 0.0;

  void centre() {
    const auto count = static_cast<double>(points.size());
    double mean_x = 0.0, mean_y = 0.0;
    for (const auto& [x, y] : points) {
      mean_x += x / count;
      mean_y += y / count;
    }
    for (auto& [x, y] : points) {
      x -= mean_x;
      y -= mean_y;
      xx += x * x;
      xy += x * y;
    }
    // Equal x differ by the rounding of their mean only.
    if (xx <= 1e-20 * (1.0 + mean_x * mean_x)) xx = 0.0;
  }
};

}  // namespace

std::optional<Exponent> drift_exponent(std::span<const DriftPoint> points) {
  std::map<int, Series> all;
  for (const DriftPoint& point : points) {
    const double drift = std::abs(point.drift);
    if (point.x > 0.0 && std::isfinite(point.x) && std::isfinite(drift) && drift > 0.0 &&
        drift > kAboveFloor * point.floor)
      all[point.series].points.emplace_back(std::log(point.x), std::log(drift));
  }
  for (auto& [number, series] : all) series.centre();
  std::erase_if(all, [](const auto& one) { return one.second.xx == 0.0; });
  std::size_t used = 0;
  double xx = 0.0, xy = 0.0;
  for (const auto& [number, series] : all) {
    used += series.points.size();
    xx += series.xx;
    xy += series.xy;
  }
  if (used < all.size() + 2) return std::nullopt;
  const double slope = xy / xx;
  double residual = 0.0;
  for (const auto& [number, series] : all)
    for (const auto& [x, y] : series.points) residual += (y - slope * x) * (y - slope * x);
  const auto freedom = static_cast<double>(used - all.size() - 1);
  return Exponent{slope, std::sqrt(residual / freedom / xx), static_cast<int>(used)};
}

}  // namespace invar
