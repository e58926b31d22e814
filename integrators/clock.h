// Where a run stops to be looked at. All runs share the clock t = Σ τ_k and the grid r T/R, r = 0 … R. Without an end,
// T = ∞, the grid is even in the logarithm of t: 10^(12 r/R − 3), r = 1 … R − 1. What ends such a run is a condition.
//
// A flow stops by time: at every grid time, which are its rows, and at extra times (those at which GD runs recorded,
// for their distance to the flow). A run with prescribed steps stops by step number: at its own step nearest to each
// grid time (half-way: the earlier), so that recording never changes a step. Where several grid times fall on one step,
// it is recorded once: such a run has fewer rows than R + 1, consecutive all the same. Its last step is always a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "integrators/schedule.h"

namespace invar {

struct PlanStop {
  double t = 0.0;
  std::int64_t step = -1;  // plans by step
  std::int64_t row = -1;   // -1: an extra time only
  bool extra = false;
};

struct Plan {
  bool by_step = false;
  double time = 0.0;            // T, may be infinite
  bool reaches_time = true;     // false: the cap on steps, or the farthest time, comes first
  std::vector<PlanStop> stops;  // ascending, the first one at the start

  std::int64_t rows() const;
  /// The rows' times, in order.
  std::vector<double> row_times() const;
  /// Index of the stop nearest to t: where a flow's state at an extra time is found.
  std::size_t stop_near(double t) const;
};

/// Times closer than this, relative to T, are one: sums of the same step sizes in another order.
inline constexpr double kSameTime = 1e-12;
/// Where T is infinite relative to themselves.
bool same_time(double a, double b, double time);

/// Where a flow without an end ends all the same; steps of this size are numbers in float too.
inline constexpr double kFarthest = 1e30;

/// A flow's plan. Extra times beyond T are reached as well. Throws InputError for T or R out of range.
Plan plan_flow(double time, std::int64_t records, std::span<const double> extra_times = {});

/// The plan of a run with prescribed steps; `time` is the T that the schedule was bound to.
Plan plan_steps(const Schedule& schedule, double time, std::int64_t records);

/// Rows at the start, every so many steps, and after the last one.
Plan plan_every(const Schedule& schedule, std::int64_t steps);

}  // namespace invar
