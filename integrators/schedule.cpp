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

// Sums in closed form begin here; the first is a million of pow(), some hundredths of a second.
constexpr std::int64_t kHead = std::int64_t{1} << 20;
constexpr std::int64_t kBlock = 64;

/// Σ_(m<j≤n) j^(−α) for m of kHead or more, by Euler and Maclaurin: the next term is below 1e-20 of the first.
double sum_of_powers(double m, double n, double alpha) {
  const double logarithm = std::log1p((n - m) / m), rest = 1.0 - alpha;
  const double at_m = std::pow(m, -alpha), at_n = std::pow(n, -alpha);
  const double integral = m * at_m * (rest == 0.0 ? logarithm : std::expm1(rest * logarithm) / rest);
  return integral + 0.5 * (at_n - at_m) + alpha / 12.0 * (at_m / m - at_n / n);
}

bool is_constant(const ScheduleRule& rule, double step_size) {
  using enum ScheduleRule::Kind;
  return rule.kind == constant || (rule.kind == power ? rule.parameter == 0.0 : rule.parameter == step_size);
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
    : rule_(rule), step_size_(step_size), format_(format), constant_(is_constant(rule, step_size)) {
  check_step_size();
  const bool endless = std::isinf(time);
  if (!endless || time < 0.0) require_positive("time", time);
  if (endless && rule_.kind == ScheduleRule::Kind::linear)
    throw InputError("schedule " + to_string(rule_) + ": it decays up to the time, which must be finite");
  if (max_steps && *max_steps < 1) throw InputError("steps = " + std::to_string(*max_steps) + ": at least 1 is needed");
  if (!endless && (!max_steps || *max_steps > kMostSteps)) check_reach(time);

  const std::int64_t cap = std::min(max_steps.value_or(kMostSteps), kMostSteps);
  if (rule_.kind == ScheduleRule::Kind::linear) {
    const std::int64_t wanted = linear_steps(time);
    capped_ = wanted > cap;
    steps_ = std::min(wanted, cap);  // before any τ_k is asked for: the rule depends on it
  }
  if (rule_.kind != ScheduleRule::Kind::linear) steps_ = cap;  // as far as the walk may go
  add_head();
  StepTimes walk(*this);
  if (rule_.kind == ScheduleRule::Kind::linear || endless) {
    capped_ = capped_ || endless;
    walk.walk_to(steps_);
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
  if (capped_ && !max_steps && !endless) {
    throw InputError("schedule " + to_string(rule_) + " with step-size " + number_text(step_size_) + " reaches time " +
                     number_text(time_) + " of " + number_text(time) +
                     " in 10^9 steps: cap the steps (programs: --steps)");
  }
}

Schedule::Schedule(const ScheduleRule& rule, double step_size, std::int64_t steps, StepFormat format)
    : rule_(rule), step_size_(step_size), format_(format), constant_(is_constant(rule, step_size)), steps_(steps) {
  check_step_size();
  if (steps < 1 || steps > kMostSteps)
    throw InputError("steps = " + std::to_string(steps) + ": from 1 to 10^9 are possible");
  add_head();
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
  constexpr double kSummed = 1000.0;  // m
  const double ratio = time / step_size_;
  double steps = ratio;
  if (rule_.kind == ScheduleRule::Kind::linear) steps = static_cast<double>(linear_steps(time));
  if (rule_.kind == ScheduleRule::Kind::power) {
    const double alpha = rule_.parameter;
    double rest = ratio;
    for (double k = 1.0; k <= kSummed; ++k) rest -= std::pow(k, -alpha);
    if (rest <= 0.0) return;
    if (alpha == 1.0) {
      steps = kSummed * std::exp(rest);
    } else {
      const double power = std::pow(kSummed, 1.0 - alpha) + (1.0 - alpha) * rest;
      steps = power > 0.0 ? std::pow(power, 1.0 / (1.0 - alpha)) : std::numeric_limits<double>::infinity();
    }
  }
  if (steps > static_cast<double>(kMostSteps)) {
    throw InputError("schedule " + to_string(rule_) + " with step-size " + number_text(step_size_) +
                     (std::isfinite(steps) ? " needs about " + number_text(steps) + " steps to reach time "
                                           : " never reaches time ") +
                     number_text(time) +
                     ": cap the steps (programs: --steps, at most 10^9), or take a larger step-size or a shorter time");
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

void Schedule::add_head() {
  if (constant() || steps_ <= kHead) return;
  for (std::int64_t k = 0; k < kHead; ++k) {
    const double size = (*this)[k];
    head_.time.add(size);
    head_.squares.add(size * size);
  }
}

std::int64_t Schedule::known_before(std::int64_t step) const {
  const std::int64_t before = std::min(step, steps_);
  if (constant()) return before;
  return before < kHead ? 0 : before - (before - kHead) % kBlock;
}

StepSums Schedule::sums(std::int64_t step) const {
  const auto n = static_cast<double>(step), m = static_cast<double>(kHead);
  StepSums result = head_;
  if (step == 0) return {};
  if (constant()) {
    result.time.set(n, (*this)[0]);
    result.squares.set(n, (*this)[0] * (*this)[0]);
    return result;
  }
  switch (rule_.kind) {
    case ScheduleRule::Kind::constant:
      break;
    case ScheduleRule::Kind::power:
      result.time.add(step_size_ * sum_of_powers(m, n, rule_.parameter));
      result.squares.add(step_size_ * step_size_ * sum_of_powers(m, n, 2.0 * rule_.parameter));
      break;
    case ScheduleRule::Kind::linear: {
      // Of k = m … n − 1; their mean and mean square about it, in which nothing cancels.
      const double slope = (rule_.parameter - step_size_) / static_cast<double>(steps_ - 1);
      const double count = n - m, middle = step_size_ + slope * (0.5 * (n + m - 1.0));
      result.time.add(count * middle);
      result.squares.add(count * (middle * middle + slope * slope * (count * count - 1.0) / 12.0));
      break;
    }
  }
  return result;
}

double StepTimes::time_after() const {
  CompensatedSum after = sums_.time;
  after.add(size_);
  return after.value();
}

void StepTimes::next() {
  ++step_;
  // Also here, where it costs more than to add: t_k is one number, however it was come to.
  if (!schedule_->constant() && step_ >= kHead && schedule_->known_before(step_) == step_) {
    sums_ = schedule_->sums(step_);
  } else {
    sums_.time.add(size_);
    sums_.squares.add(size_ * size_);
  }
  size_ = (*schedule_)[step_];
}

void StepTimes::walk_to(std::int64_t step) {
  if (const std::int64_t known = schedule_->known_before(step); known > step_) {
    step_ = known;
    sums_ = schedule_->sums(known);
    size_ = (*schedule_)[known];
  }
  while (step_ < step) next();
}

void StepTimes::approach(double t) {
  // Two steps short: the last ones are taken one by one, and compared.
  const auto is_early = [&](std::int64_t step) {
    const std::int64_t known = schedule_->known_before(step);
    CompensatedSum time = schedule_->sums(known).time;
    time.add(2.0 * (*schedule_)[known]);
    return time.value() <= t;
  };
  std::int64_t early = step_, late = schedule_->steps();
  if (schedule_->known_before(late) <= early || !is_early(early)) return;
  while (late - early > 1) {
    const std::int64_t middle = early + (late - early) / 2;
    (is_early(middle) ? early : late) = middle;
  }
  if (const std::int64_t known = schedule_->known_before(early); known > step_) walk_to(known);
}

void StepTimes::archive(Archive& archive) {
  archive("step", step_);
  archive("time", sums_.time);
  archive("squares", sums_.squares);
  size_ = (*schedule_)[step_];
}

void StepTimes::seek(double t) {
  approach(t);
  while (step_ + 1 < schedule_->steps() && time_after() <= t) next();
}

}  // namespace invar
