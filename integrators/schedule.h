// The step sizes τ_k of GD and SGD, and their clock t_k = τ_0 + … + τ_(k−1):
//   constant      τ
//   power:ALPHA   τ (k+1)^(−ALPHA)
//   linear:END    from τ at the first step to END at the last one of the run; END is a step size like τ
// A schedule is bound to a run: it knows the time T to reach and so its number of steps, the one whose t_N lies nearest
// to T (at least 1; a cap comes first). A decaying schedule may never reach T. Step sizes are rounded to the
// parameters' format before anything is summed, so that t_k and Σ τ_k² are those of the steps as taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "integrators/compensated_sum.h"

namespace invar {

struct ScheduleRule {
  enum class Kind : std::uint8_t { constant, power, linear };
  Kind kind = Kind::constant;
  double parameter = 0.0;  // ALPHA or END
};

/// No schedule is longer: a walk over it takes seconds, and its steps hours.
inline constexpr std::int64_t kMostSteps = 1'000'000'000;

/// Throws InputError.
ScheduleRule parse_schedule(std::string_view text);
/// The text that parse_schedule reads back.
std::string to_string(const ScheduleRule& rule);

enum class StepFormat : std::uint8_t { float32, float64 };
/// The format of a method's steps whose parameters are S.
template <class S>
inline constexpr StepFormat kStepFormat = std::is_same_v<S, float> ? StepFormat::float32 : StepFormat::float64;

class Schedule {
 public:
  /// Throws InputError: a step size or time that is not positive and finite, a cap below 1, a time that is out of reach
  /// without a cap (more than 10⁹ steps; no more may be capped either).
  Schedule(const ScheduleRule& rule, double step_size, double time, std::optional<std::int64_t> max_steps,
           StepFormat format);
  /// For so many steps, whatever the time that they reach. Throws InputError: a step size that is not positive and
  /// finite, less than 1 step or more than 10⁹.
  Schedule(const ScheduleRule& rule, double step_size, std::int64_t steps, StepFormat format);

  bool constant() const { return rule_.kind == ScheduleRule::Kind::constant; }
  /// τ_k; beyond the last step the rule goes on (linear: END).
  double operator[](std::int64_t k) const;
  StepFormat format() const { return format_; }

  std::int64_t steps() const { return steps_; }
  double time() const { return time_; }                // t_N
  double sum_squares() const { return sum_squares_; }  // Σ τ_k²
  /// The cap came before T, or T is beyond the sum of all steps: t_N is more than half a step short of it.
  bool capped() const { return capped_; }

 private:
  void check_step_size() const;
  std::int64_t linear_steps(double time) const;
  void check_reach(double time) const;

  ScheduleRule rule_;
  double step_size_;
  StepFormat format_;
  std::int64_t steps_ = 0;
  double time_ = 0.0;
  double sum_squares_ = 0.0;
  bool capped_ = false;
};

/// A walk along a schedule: at step k the time t_k, the size τ_k of the step to come, and the squares of those done.
class StepTimes {
 public:
  explicit StepTimes(const Schedule& schedule) : schedule_(&schedule), size_(schedule[0]) {}

  const Schedule& schedule() const { return *schedule_; }
  std::int64_t step() const { return step_; }
  double time() const { return time_.value(); }
  double step_size() const { return size_; }
  double time_after() const;  // t_(k+1)
  double sum_squares() const { return squares_.value(); }

  void next();
  /// Forward to a step, at once where the schedule is constant.
  void walk_to(std::int64_t step);
  /// Forward to just before a time, where that costs no more than a step: for a constant schedule.
  void approach(double t);
  /// Forward to the step with t_k ≤ t < t_(k+1), the last one for every later t. τ as a function of time, for ascending
  /// t.
  void seek(double t);

  void archive(Archive& archive);

 private:
  const Schedule* schedule_;
  std::int64_t step_ = 0;
  double size_;
  CompensatedSum time_;
  CompensatedSum squares_;
};

}  // namespace invar
