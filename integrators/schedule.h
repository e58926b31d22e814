// The step sizes τ_k of GD and SGD, and their clock t_k = τ_0 + … + τ_(k−1):
//   constant      τ
//   power:ALPHA   τ (k+1)^(−ALPHA)
//   linear:END    from τ at the first step to END at the last one of the run; END is a step size like τ
// A schedule is bound to a run: it knows the time T to reach and so its number of steps, the one whose t_N lies nearest
// to T (at least 1; a cap comes first). A decaying schedule may never reach T; none reaches an infinite one, which ends
// at the cap, or at 10⁹ steps. Step sizes are rounded to the
// parameters' format before anything is summed, so that t_k and Σ τ_k² are those of the steps as taken. From step 2^20
// on the sums of a decaying schedule are known in closed form at every 64th step, and added up in between: a schedule
// of 10⁹ steps costs no more than one of 10⁶, however little of it is run. In double the two differ by rounding; the
// closed form leaves out the roundings to float, at most 6e-8 of t_k, and some 1e-11 where the sizes change over many
// floats.
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

/// No schedule is longer: its steps take hours.
inline constexpr std::int64_t kMostSteps = 1'000'000'000;

/// Throws InputError.
ScheduleRule parse_schedule(std::string_view text);
/// The text that parse_schedule reads back.
std::string to_string(const ScheduleRule& rule);

enum class StepFormat : std::uint8_t { float32, float64 };
/// The format of a method's steps whose parameters are S.
template <class S>
inline constexpr StepFormat kStepFormat = std::is_same_v<S, float> ? StepFormat::float32 : StepFormat::float64;

/// Σ τ_k and Σ τ_k² of the steps before one.
struct StepSums {
  CompensatedSum time, squares;
};

class Schedule {
 public:
  /// Throws InputError: a step size that is not positive and finite, a time that is not positive, or infinite where the
  /// rule is linear, a cap below 1, a finite time that is out of reach without a cap (more than 10⁹ steps; no more may
  /// be capped either).
  Schedule(const ScheduleRule& rule, double step_size, double time, std::optional<std::int64_t> max_steps,
           StepFormat format);
  /// For so many steps, whatever the time that they reach. Throws InputError: a step size that is not positive and
  /// finite, less than 1 step or more than 10⁹.
  Schedule(const ScheduleRule& rule, double step_size, std::int64_t steps, StepFormat format);

  /// Whatever the rule: power:0 and linear:τ are.
  bool constant() const { return constant_; }
  /// τ_k; beyond the last step the rule goes on (linear: END).
  double operator[](std::int64_t k) const;
  StepFormat format() const { return format_; }

  std::int64_t steps() const { return steps_; }
  double time() const { return time_; }                // t_N
  double sum_squares() const { return sum_squares_; }  // Σ τ_k²
  /// The last step up to this one, but one of the run's, whose sums are known at once; 0 at least.
  std::int64_t known_before(std::int64_t step) const;
  /// Of such a step.
  StepSums sums(std::int64_t step) const;
  /// The cap came before T, or T is beyond the sum of all steps: t_N is more than half a step short of it.
  bool capped() const { return capped_; }

 private:
  void check_step_size() const;
  std::int64_t linear_steps(double time) const;
  void check_reach(double time) const;
  void add_head();

  ScheduleRule rule_;
  double step_size_;
  StepFormat format_;
  bool constant_;
  std::int64_t steps_ = 0;
  double time_ = 0.0;
  double sum_squares_ = 0.0;
  bool capped_ = false;
  StepSums head_;  // of the steps that are added one by one
};

/// A walk along a schedule: at step k the time t_k, the size τ_k of the step to come, and the squares of those done.
class StepTimes {
 public:
  explicit StepTimes(const Schedule& schedule) : schedule_(&schedule), size_(schedule[0]) {}

  const Schedule& schedule() const { return *schedule_; }
  std::int64_t step() const { return step_; }
  double time() const { return sums_.time.value(); }
  double step_size() const { return size_; }
  double time_after() const;  // t_(k+1)
  double sum_squares() const { return sums_.squares.value(); }

  void next();
  /// Forward to a step, from the last one before it that is known at once.
  void walk_to(std::int64_t step);
  /// Forward to a step some steps before a time, where one is known at once.
  void approach(double t);
  /// Forward to the step with t_k ≤ t < t_(k+1), the last one for every later t. τ as a function of time, for ascending
  /// t.
  void seek(double t);

  void archive(Archive& archive);

 private:
  const Schedule* schedule_;
  std::int64_t step_ = 0;
  double size_;
  StepSums sums_;
};

}  // namespace invar
