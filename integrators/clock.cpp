// Plans of stops; see the header.
#include "integrators/clock.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "error.h"
#include "integrators/method.h"

namespace invar {
namespace {

void check(double time, std::int64_t records) {
  if (!(time > 0.0)) throw InputError("time = " + number_text(time) + ": it must be positive");
  if (records < 1) throw InputError("records = " + std::to_string(records) + ": at least 1 is needed");
}

double grid_time(double time, std::int64_t row, std::int64_t records) {
  const double share = static_cast<double>(row) / static_cast<double>(records);
  if (std::isfinite(time)) return row == records ? time : time * share;
  constexpr double kFirst = -3.0, kDecades = 12.0;
  return row == 0 ? 0.0 : row == records ? kFarthest : std::pow(10.0, kFirst + kDecades * share);
}

}  // namespace

std::int64_t Plan::rows() const {
  return std::count_if(stops.begin(), stops.end(), [](const PlanStop& stop) { return stop.row >= 0; });
}

std::vector<double> Plan::row_times() const {
  std::vector<double> times;
  for (const PlanStop& stop : stops) {
    if (stop.row >= 0) times.push_back(stop.t);
  }
  return times;
}

std::size_t Plan::stop_near(double t) const {
  const auto after = std::lower_bound(stops.begin(), stops.end(), t,
                                      [](const PlanStop& stop, double value) { return stop.t < value; });
  if (after == stops.begin()) return 0;
  const auto before = after - 1;
  const bool take_after = after != stops.end() && after->t - t < t - before->t;
  return static_cast<std::size_t>((take_after ? after : before) - stops.begin());
}

bool same_time(double a, double b, double time) {
  const double later = std::max(a, b);
  return std::abs(b - a) <= kSameTime * (std::isfinite(time) ? std::max(time, later) : later);
}

Plan plan_flow(double time, std::int64_t records, std::span<const double> extra_times) {
  check(time, records);
  Plan plan;
  plan.time = time;
  plan.reaches_time = std::isfinite(time);
  for (std::int64_t row = 0; row <= records; ++row)
    plan.stops.push_back({grid_time(time, row, records), -1, row, false});
  for (const double t : extra_times) plan.stops.push_back({t, -1, -1, true});
  std::sort(plan.stops.begin(), plan.stops.end(), [](const PlanStop& a, const PlanStop& b) { return a.t < b.t; });
  // One stop for times that agree; where a row is among them, its time stands.
  std::size_t kept = 0;
  for (std::size_t i = 1; i < plan.stops.size(); ++i) {
    const PlanStop stop = plan.stops[i];
    PlanStop& last = plan.stops[kept];
    if (same_time(last.t, stop.t, time) && (stop.row < 0 || last.row < 0)) {
      if (stop.row >= 0) {
        last.t = stop.t;
        last.row = stop.row;
      }
      last.extra = last.extra || stop.extra;
    } else {
      plan.stops[++kept] = stop;
    }
  }
  plan.stops.resize(kept + 1);
  return plan;
}

Plan plan_steps(const Schedule& schedule, double time, std::int64_t records) {
  check(time, records);
  Plan plan;
  plan.by_step = true;
  plan.time = time;
  plan.reaches_time = !schedule.capped();
  plan.stops.push_back({0.0, 0, 0, false});
  const auto record = [&plan](std::int64_t step, double t) {
    if (step > plan.stops.back().step)
      plan.stops.push_back({t, step, static_cast<std::int64_t>(plan.stops.size()), false});
  };
  StepTimes walk(schedule);
  for (std::int64_t row = 1; row < records; ++row) {
    const double wanted = grid_time(time, row, records);
    walk.approach(wanted);
    while (walk.step() < schedule.steps() && std::abs(walk.time_after() - wanted) < std::abs(walk.time() - wanted))
      walk.next();
    record(walk.step(), walk.time());
  }
  record(schedule.steps(), schedule.time());
  return plan;
}

Plan plan_every(const Schedule& schedule, std::int64_t steps) {
  Plan plan;
  plan.by_step = true;
  plan.time = schedule.time();
  StepTimes walk(schedule);
  for (std::int64_t step = 0;; step = std::min(step + steps, schedule.steps())) {
    walk.walk_to(step);
    plan.stops.push_back({walk.time(), step, static_cast<std::int64_t>(plan.stops.size()), false});
    if (step == schedule.steps()) return plan;
  }
}

}  // namespace invar
