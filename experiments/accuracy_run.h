// One run of a comparison, from the start to T, and what it did to the laws.
#pragma once

#include <limits>
#include <vector>

#include "experiments/accuracy_setup.h"
#include "experiments/progress.h"
#include "integrators/loop.h"

namespace invar {

/// One law at T, norms over its components; NaN: not known.
struct LawDrift {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  double drift = unknown;           // ‖h(θ(T)) − h(θ_0)‖
  double relative_drift = unknown;  // over that of the sums of the absolute values of h's terms at the start
  // The budget's parts of the drift (law/budget.h).
  double step_part = unknown, gradient_part = unknown, update_part = unknown, cast_part = unknown, closure = unknown;
  double bound = unknown;        // of the drift by steps
  double bound_ratio = unknown;  // the drift over bound and rounding, the largest of the law's groups
};

struct Integration {
  Summary summary;
  State<double> end;           // θ(T), in double whatever the run's format
  std::vector<LawDrift> laws;  // empty where they were not asked for
};

/// `precision`: that of the configuration, or double for a reference. On one thread; only laws that are asked for cost
/// anything beyond the run itself.
Integration integrate(const AccuracySetup& setup, const AccuracyRun& run, Configuration::Precision precision,
                      const Limits& limits, bool with_laws, ProgressLine::Run& progress);

}  // namespace invar
