// Schedules of step sizes; see the header.
#include "integrators/schedule.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "error.h"
#include "integrators/method.h"

namespace invar {
namespace {

double parse_parameter(std::string_view text, std::string_view number, std::string_view what) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(value) || value < 0.0) {
    throw InputError("schedule \"" + std::string(text) + "\": " + std::string(what) +
                     " must be a finite number, not negative; \"" + std::string(number) + "\" is none");
  }
  return value;
}

void require_positive(const char* name, double value) {
  if (!std::isfinite(value) || value <= 0.0)
    throw InputError(std::string(name) + " = " + number_text(value) + ": it must be positive and finite");
}

}  // namespace

ScheduleRule parse_schedule(std::string_view text) {
  using Kind = ScheduleRule::Kind;
  const auto colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view number = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  if (text == "constant") return {Kind::constant, 0.0};
  if (name == "power") return {Kind::power, parse_parameter(text, number, "ALPHA in power:ALPHA")};
  if (name == "linear") return {Kind::linear, parse_parameter(text, number, "END in linear:END")};
  throw InputError("schedule \"" + std::string(text) +
                   "\" is unknown: use constant, power:ALPHA (as power:0.75) or linear:END (as linear:0.001)");
}

std::string to_string(const ScheduleRule& rule) {
  const auto shortest = [](double value) {
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
  };
  switch (rule.kind) {
    case ScheduleRule::Kind::constant:
      return "constant";
    case ScheduleRule::Kind::power:
      return "power:" + shortest(rule.parameter);
    case ScheduleRule::Kind::linear:
      return "linear:" + shortest(rule.parameter);
  }
  return "unknown";
}

Schedule::Schedule(const ScheduleRule& rule, double step_size, double time, std::optional<std::int64_t> max_steps,
                   StepFormat format)
    : rule_(rule), step_size_(step_size), format_(format) {
  check_step_size();
  require_positive("time", time);
  if (max_steps && *max_steps < 1) throw InputError("steps = " + std::to_string(*max_steps) + ": at least 1 is needed");
  if (!max_steps || *max_steps > kMostSteps) check_reach(time);

  const std::int64_t cap = std::min(max_steps.value_or(kMostSteps), kMostSteps);
  if (rule_.kind == ScheduleRule::Kind::linear) {
    const std::int64_t wanted = linear_steps(time);
    capped_ = wanted > cap;
    steps_ = std::min(wanted, cap);  // before any τ_k is asked for: the rule depends on it
  }
  if (rule_.kind != ScheduleRule::Kind::linear) steps_ = cap;  // as far as the walk may go
  StepTimes walk(*this);
  if (rule_.kind == ScheduleRule::Kind::linear) {
    while (walk.step() < steps_) walk.next();
  } else {
    // At least one step; then on as long as the next one is nearer to T (a tie stays).
    const auto next_is_nearer = [&] { return std::abs(walk.time_after() - time) < std::abs(walk.time() - time); };
    walk.approach(time);
    do {
      walk.next();
    } while (walk.step() < cap && next_is_nearer());
    // Short of T by more than half the next step: the cap came first, or the steps became too small to be added.
    capped_ = time - walk.time() > 0.5 * (1.0 + 1e-9) * walk.step_size();
    steps_ = walk.step();
  }
  time_ = walk.time();
  sum_squares_ = walk.sum_squares();
  if (capped_ && !max_steps) {
    throw InputError("schedule " + to_string(rule_) + " with step-size " + number_text(step_size_) + " reaches time " +
                     number_text(time_) + " of " + number_text(time) + " in 10^9 steps: cap the run with --steps");
  }
}

Schedule::Schedule(const ScheduleRule& rule, double step_size, std::int64_t steps, StepFormat format)
    : rule_(rule), step_size_(step_size), format_(format), steps_(steps) {
  check_step_size();
  if (steps < 1 || steps > kMostSteps)
    throw InputError("steps = " + std::to_string(steps) + ": from 1 to 10^9 are possible");
  StepTimes walk(*this);
  walk.walk_to(steps_);
  time_ = walk.time();
  sum_squares_ = walk.sum_squares();
}

void Schedule::check_step_size() const {
  require_positive("step-size", step_size_);
  if (format_ == StepFormat::float32)
    require_positive("step-size in float", static_cast<double>(static_cast<float>(step_size_)));
}

std::int64_t Schedule::linear_steps(double time) const {
  // t_N = N (τ + END)/2; half-way between two numbers of steps the lower one, as for the other schedules.
  const double steps = std::ceil(2.0 * time / (step_size_ + rule_.parameter) - 0.5);
  return static_cast<std::int64_t>(std::clamp(steps, 1.0, 9e18));
}

void Schedule::check_reach(double time) const {
  // A lower bound of the number of steps: Σ_(k≤n) k^(−α) ≤ Σ_(k≤m) k^(−α) + ∫_m^n x^(−α) dx, solved for n.
  constexpr double kHead = 1000.0;  // m
  const double ratio = time / step_size_;
  double steps = ratio;
  if (rule_.kind == ScheduleRule::Kind::linear) steps = static_cast<double>(linear_steps(time));
  if (rule_.kind == ScheduleRule::Kind::power) {
    const double alpha = rule_.parameter;
    double rest = ratio;
    for (double k = 1.0; k <= kHead; ++k) rest -= std::pow(k, -alpha);
    if (rest <= 0.0) return;
    if (alpha == 1.0) {
      steps = kHead * std::exp(rest);
    } else {
      const double power = std::pow(kHead, 1.0 - alpha) + (1.0 - alpha) * rest;
      steps = power > 0.0 ? std::pow(power, 1.0 / (1.0 - alpha)) : std::numeric_limits<double>::infinity();
    }
  }
  if (steps > static_cast<double>(kMostSteps)) {
    throw InputError("schedule " + to_string(rule_) + " with step-size " + number_text(step_size_) +
                     (std::isfinite(steps) ? " needs about " + number_text(steps) + " steps to reach time "
                                           : " never reaches time ") +
                     number_text(time) +
                     ": cap the run with --steps (at most 10^9), or take a larger step-size or a shorter time");
  }
}

double Schedule::operator[](std::int64_t k) const {
  double size = step_size_;
  switch (rule_.kind) {
    case ScheduleRule::Kind::constant:
      break;
    case ScheduleRule::Kind::power:
      size = step_size_ * std::pow(static_cast<double>(k + 1), -rule_.parameter);
      break;
    case ScheduleRule::Kind::linear:
      // A run of one step has no last step besides its first: it takes τ.
      if (k >= steps_ - 1 && steps_ > 1) {
        size = rule_.parameter;
      } else if (k > 0) {
        size = std::lerp(step_size_, rule_.parameter, static_cast<double>(k) / static_cast<double>(steps_ - 1));
      }
      break;
  }
  return format_ == StepFormat::float32 ? static_cast<double>(static_cast<float>(size)) : size;
}

double StepTimes::time_after() const {
  CompensatedSum after = time_;
  after.add(size_);
  return after.value();
}

void StepTimes::next() {
  time_.add(size_);
  squares_.add(size_ * size_);
  ++step_;
  size_ = (*schedule_)[step_];
}

void StepTimes::approach(double t) {
  if (!schedule_->constant()) return;
  // Two steps short: the last ones are taken one by one, and compared.
  const double most = static_cast<double>(schedule_->steps() - 1), before = std::min(std::floor(t / size_) - 2.0, most);
  if (before > static_cast<double>(step_)) walk_to(static_cast<std::int64_t>(before));
}

void StepTimes::walk_to(std::int64_t step) {
  if (schedule_->constant()) {
    step_ = step;
    time_.set(static_cast<double>(step), size_);
    squares_.set(static_cast<double>(step), size_ * size_);
  }
  while (step_ < step) next();
}

void StepTimes::archive(Archive& archive) {
  archive("step", step_);
  archive("time", time_);
  archive("squares", squares_);
  size_ = (*schedule_)[step_];
}

void StepTimes::seek(double t) {
  approach(t);
  while (step_ + 1 < schedule_->steps() && time_after() <= t) next();
}

}  // namespace invar
