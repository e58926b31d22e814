// One run of a comparison, from the start to T, and what it did to the laws.
#pragma once

#include <limits>
#include <vector>

#include "experiments/accuracy/setup.h"
#include "integrators/loop.h"
#include "job/progress.h"

namespace invar {

/// One law at T, norms over its components; NaN: not known.
struct LawDrift {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  double drift = unknown;           // ‖h(θ(T)) − h(θ_0)‖
  double relative_drift = unknown;  // over that of the sums of the absolute values of h's terms at the start
  // The budget's parts of the drift (law/budget.h).
  double step_part = unknown, gradient_part = unknown, update_part = unknown, cast_part = unknown, closure = unknown;
  double bound = unknown;        // of the drift by steps
  double bound_ratio = unknown;  // see bound_ratio() in job/law_range.h
};

struct Integration {
  Summary summary;
  State<double> end;           // θ(T), in double whatever the run's format
  std::vector<LawDrift> laws;  // empty where they were not asked for
};

/// What a run is for: a reference is in double and never projected; only a run for the laws costs anything beyond
/// itself.
enum class Purpose : std::uint8_t { reference, timing, laws };

/// On one thread.
Integration integrate(const AccuracySetup& setup, const AccuracyRun& run, Purpose purpose, const Limits& limits,
                      ProgressLine::Run& progress);

}  // namespace invar
