#include "experiments/accuracy/results.h"

#include <algorithm>

namespace invar {
namespace {

double relative_distance(const State<double>& a, const State<double>& reference) {
  return (a - reference).norm() / reference.norm();
}

/// An error above this one says little about smaller ones: steps may have been unstable for a while.
constexpr double kLargestForOrder = 1e-2;
/// Of prescribed steps the finest: at larger ones higher powers of the step size still count.
constexpr std::size_t kFinest = 3;

std::optional<Exponent> observed_order(const MethodFamily& family, const FamilyResults& results, std::size_t method) {
  std::vector<DriftPoint> points;
  for (std::size_t i = family.settings(); i-- > 0;) {
    const double error = results.runs[method * family.settings() + i].error;
    if (!(error < kLargestForOrder) || (!family.adaptive() && points.size() == kFinest)) continue;
    points.push_back({family.adaptive() ? family.tolerances[i].rtol : family.step_sizes[i], error, 0.0});
  }
  return drift_exponent(points);
}

}  // namespace

bool AccuracyResults::references_agree() const {
  return std::ranges::all_of(families,
                             [](const FamilyResults& family) { return 2 * family.measured >= family.completed; });
}

void judge(const AccuracySetup& setup, AccuracyResults& results) {
  const State<double>& reference = results.references.front().end;
  results.uncertainty = std::max(relative_distance(results.references.back().end, reference),
                                 0.5 * std::numeric_limits<double>::epsilon());
  for (std::size_t f = 0; f < setup.families.size(); ++f) {
    FamilyResults& family = results.families[f];
    for (AccuracyOutcome& run : family.runs) {
      if (!run.completed()) continue;
      ++family.completed;
      run.distance = relative_distance(run.end, reference);
      if (!(run.distance > results.error_limit())) continue;
      ++family.measured;
      run.error = run.distance;
    }
    for (std::size_t method = 0; method < setup.families[f].methods.size(); ++method)
      family.orders.push_back(observed_order(setup.families[f], family, method));
  }
}

}  // namespace invar
