#include "experiments/drift/reference_flow.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace invar {
namespace {

/// ∫ τ (1 − s) dt and ∫ τ s dt over [from, to], s running from 0 to 1. Behind the schedule's last step there is no τ: a
/// schedule that is cut may end long before the flow does.
struct Weights {
  double first = 0.0, last = 0.0;
};

Weights weights(StepTimes& steps, double from, double to) {
  Weights result;
  if (!(to > from)) return result;
  const auto add = [&](double begin, double end, double size) {
    const double middle = (0.5 * (begin + end) - from) / (to - from);
    result.first += size * (end - begin) * (1.0 - middle);
    result.last += size * (end - begin) * middle;
  };
  const Schedule& schedule = steps.schedule();
  if (schedule.constant()) {  // as one step, however many there are
    if (from < schedule.time()) add(from, std::min(to, schedule.time()), schedule[0]);
    return result;
  }
  double t = from;
  steps.seek(t);
  while (t < to && steps.step() < schedule.steps()) {
    const double end = std::min(to, std::max(steps.time_after(), t));
    add(t, end, steps.step_size());
    if (end >= to) break;
    t = end;
    steps.next();
  }
  return result;
}

/// Vectors of any lengths, as their lengths and all their numbers.
void list_vectors(Archive& archive, const std::string& name, std::vector<std::vector<double>>& vectors) {
  std::vector<std::int64_t> lengths;
  std::vector<double> numbers;
  for (const std::vector<double>& vector : vectors) {
    lengths.push_back(static_cast<std::int64_t>(vector.size()));
    numbers.insert(numbers.end(), vector.begin(), vector.end());
  }
  archive(name + "_lengths", lengths);
  archive(name, numbers);
  if (!archive.loading()) return;
  vectors.resize(lengths.size());
  auto begin = numbers.begin();
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    vectors[i].assign(begin, begin + lengths[i]);
    begin += lengths[i];
  }
}

bool same_schedule(const LadderRun& a, const RunSetup& sa, const LadderRun& b, const RunSetup& sb) {
  return sa.step_size == sb.step_size && a.schedule.kind == b.schedule.kind &&
         a.schedule.parameter == b.schedule.parameter;
}

}  // namespace

ReferenceFlow::ReferenceFlow(const UnitSetup& unit, bool with_predictions)
    : unit_(unit), with_predictions_(with_predictions), components_(unit.components()) {
  states_.resize(unit.runs.front().plan.stops.size());
  if (!with_predictions) return;
  for (const LawForm& form : unit.problem.forms) evaluators_.emplace_back(form);
  low_.assign(components_, 0.0);
  previous_.assign(components_, 0.0);
  last_.assign(components_, 0.0);
  clock_of_run_.assign(unit.runs.size(), 0);
  for (std::size_t i = unit.unit->flows; i < unit.runs.size(); ++i) {
    const LadderRun& run = unit.unit->runs[i];
    wants_spread_ = wants_spread_ || run.method == Configuration::Method::sgd;
    const auto known = std::ranges::find_if(clocks_, [&](const Clock& clock) {
      return same_schedule(unit.unit->runs[clock.run], unit.runs[clock.run], run, unit.runs[i]);
    });
    clock_of_run_[i] = static_cast<std::size_t>(known - clocks_.begin());
    if (known == clocks_.end())
      clocks_.push_back({i, StepTimes(*unit.runs[i].schedule), std::vector<double>(components_, 0.0),
                         std::vector<std::vector<double>>(states_.size())});
  }
}

void ReferenceFlow::quadratic(const double* g, double* out) {
  std::size_t first = 0;
  for (Evaluator& evaluator : evaluators_) {
    evaluator.quadratic(Arithmetic::plain, g, {out + first, low_.data()});
    first += static_cast<std::size_t>(evaluator.form().components());
  }
}

void ReferenceFlow::at_gradient(double t, const double* gradient) {
  if (!with_predictions_) return;
  quadratic(gradient, last_.data());
  if (begun_ && t > previous_time_)
    for (Clock& clock : clocks_) {
      const Weights w = weights(clock.steps, previous_time_, t);
      for (std::size_t c = 0; c < components_; ++c) clock.sum[c] += w.first * previous_[c] + w.last * last_[c];
    }
  previous_.swap(last_);
  last_ = previous_;
  previous_time_ = t;
  begun_ = true;
}

void ReferenceFlow::at_stop(std::size_t stop, const double* theta) {
  states_[stop].assign(theta, theta + unit_.problem.block.parameters.size());
  for (Clock& clock : clocks_) clock.at_stop[stop] = clock.sum;
}

void ReferenceFlow::at_spread(double t, const std::vector<double>& mean_of_samples) {
  spread_times_.push_back(t);
  spreads_.push_back(mean_of_samples);
  for (std::size_t c = 0; c < components_; ++c) spreads_.back()[c] -= last_[c];
}

void ReferenceFlow::archive(Archive& archive) {
  list_vectors(archive, "states", states_);
  archive("begun", begun_);
  archive("previous_time", previous_time_);
  archive("previous", previous_);
  archive("last", last_);
  for (std::size_t i = 0; i < clocks_.size(); ++i) {
    const Archive::Group group(archive, "clock" + std::to_string(i));
    archive("steps", clocks_[i].steps);
    archive("sum", clocks_[i].sum);
    list_vectors(archive, "at_stop", clocks_[i].at_stop);
  }
  archive("spread_times", spread_times_);
  list_vectors(archive, "spreads", spreads_);
}

const std::vector<double>& ReferenceFlow::state_at(double t) const {
  static const std::vector<double> none;
  const Plan& plan = unit_.runs.front().plan;
  const std::size_t stop = plan.stop_near(t);
  return same_time(plan.stops[stop].t, t, plan.time) ? states_[stop] : none;
}

std::vector<double> ReferenceFlow::prediction(std::size_t number) const {
  const RunSetup& run = unit_.runs[number];
  const std::vector<double> times = run.plan.row_times();
  std::vector<double> result(times.size() * components_, std::numeric_limits<double>::quiet_NaN());
  if (!with_predictions_ || !run.schedule) return result;
  const Clock& clock = clocks_[clock_of_run_[number]];

  double factor = 0.0;  // c
  if (run.run->method == Configuration::Method::sgd) {
    const auto batch = static_cast<double>(run.batch);
    const auto samples = static_cast<double>(unit_.problem.samples.count);
    factor = unit_.configuration->replacement ? 1.0 / batch : (samples - batch) / (batch * (samples - 1.0));
  }
  StepTimes steps(*run.schedule);
  std::vector<double> noise(components_, 0.0);
  std::size_t interval = 0;  // spreads_ are known at both ends of this one
  double noise_time = 0.0;
  const auto advance_noise = [&](double to) {
    while (factor != 0.0 && noise_time < to && interval + 1 < spread_times_.size()) {
      const double begin = spread_times_[interval], end = spread_times_[interval + 1];
      const double stop = std::min(to, end);
      const Weights w = weights(steps, noise_time, stop);
      const double left = (noise_time - begin) / (end - begin), right = (stop - begin) / (end - begin);
      for (std::size_t c = 0; c < components_; ++c) {
        const double low = spreads_[interval][c], rise = spreads_[interval + 1][c] - low;
        noise[c] += w.first * (low + left * rise) + w.last * (low + right * rise);
      }
      noise_time = stop;
      if (stop >= end) ++interval;
    }
  };
  for (std::size_t row = 0; row < times.size(); ++row) {
    const std::size_t stop = unit_.runs.front().plan.stop_near(times[row]);
    if (clock.at_stop[stop].empty()) break;
    advance_noise(times[row]);
    for (std::size_t c = 0; c < components_; ++c)
      result[row * components_ + c] = clock.at_stop[stop][c] + factor * noise[c];
  }
  return result;
}

}  // namespace invar
