// A method takes steps: explicit, stabilised, implicit, adaptive or with prescribed sizes alike. It owns its step-size
// control, so the loop above it knows only "one accepted step, please, and not beyond this time". What a step was made
// of (its size, both states, the stages) stays readable until the next one: the drift budget takes it apart.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive.h"
#include "integrators/curvature.h"
#include "integrators/tableau.h"
#include "integrators/vector_field.h"

namespace invar {

/// Why a run ended.
enum class End : std::uint8_t {
  completed,
  truncated_gradients,
  truncated_seconds,
  truncated_steps,
  diverged,     // θ or F not finite, or ‖θ‖ above its limit
  stalled,      // the step fell below the resolution of t, or the flow slides along a discontinuity
  interrupted,  // asked to stop
  stopped,      // a condition on θ is met (stop.h)
};
std::string_view to_string(End end);
inline bool truncated(End end) {
  return end == End::truncated_gradients || end == End::truncated_seconds || end == End::truncated_steps;
}

/// A run that came to no end: what it leaves says nothing of one.
inline bool lost(End end) {
  return end == End::diverged || end == End::stalled;
}

/// What came of a request for one step. Where it was not taken, θ and t are those before it.
struct Advance {
  bool accepted = true;
  End end = End::completed;  // why no step was possible
  std::string reason;        // the same for people: numbers and remedy, no step number, no time

  static Advance failed(End end, std::string reason) { return {false, end, std::move(reason)}; }
};

/// Attempts: a method that interpolates shows more steps than it takes. `rejected` contains `rejected_nonfinite`.
struct StepCounters {
  std::int64_t accepted = 0;
  std::int64_t rejected = 0;
  std::int64_t rejected_nonfinite = 0;
};

/// Where a step of an explicit method lies on the real axis, as last measured.
struct Stiffness {
  double radius = 0.0;    // ρ, the modulus of J's largest eigenvalue
  double interval = 0.0;  // the end of the method's real stability interval
  double share = 0.0;     // τ ρ over the interval: about 1 where stability limits the step
  bool near = false;      // is it so
  bool limits = false;    // it has been so for some time
};

template <class S>
class Method;

/// The last accepted step, valid until the method's next call: θ' = θ + τ Σ b_i k_i up to the rounding of the update,
/// with θ, θ', k_i the very numbers of the computation. Null tableau and no stages: the method is no Runge–Kutta
/// method.
template <class S>
struct StepView {
  std::int64_t index = 0;  // 0 for the first step
  double t = 0.0;
  double t_after = 0.0;  // t + τ; at a time limit the limit itself, which may differ by a rounding
  S tau = S(0);
  const State<S>* before = nullptr;
  const State<S>* after = nullptr;
  const Tableau* tableau = nullptr;
  std::span<const State<S>* const> stages;  // k_1 … k_s
  const State<S>* derivative = nullptr;     // F(θ'), where the method has it
  const Curvature* curvature = nullptr;     // as last measured, where the method measures it
  const Stiffness* stiffness = nullptr;     // likewise
  Method<S>* away = nullptr;                // the vectors lie on a device: they are here after its show()
};

/// What θ is held to after each step.
template <class S>
class Constraint {
 public:
  virtual ~Constraint() = default;
  /// Moves θ there; false where it has not moved.
  virtual bool hold(State<S>& theta) = 0;
};

template <class S>
class Method {
 public:
  Method() = default;
  Method(const Method&) = delete;  // step views point into it
  Method& operator=(const Method&) = delete;
  virtual ~Method() = default;

  /// A new run from (theta, t), all memory dropped. Evaluates nothing. The field must outlive the run.
  virtual void start(VectorField<S>& field, const State<S>& theta, double t) = 0;

  /// One accepted step; rejected attempts happen inside. An adaptive method never passes `t_limit` (finite), arrives
  /// there exactly, and keeps the step size that the limit cut off. A method with prescribed step sizes is not moved by
  /// it.
  virtual Advance advance(State<S>& theta, double& t, double t_limit) = 0;

  /// Takes the last accepted step again from where it began, but only to `t_to` inside it: θ, t and the view become
  /// those of the shorter step, which is not judged by its error. Any number of times; counts as no further step.
  /// False where the method cannot, as with prescribed step sizes, or where θ' or F there would not be finite (then θ
  /// is to be taken again elsewhere).
  virtual bool retake(State<S>& /*theta*/, double& /*t*/, double /*t_to*/) { return false; }

  /// Where θ and the last step's vectors lie on a device: copies them here, once a step.
  virtual void show() {}

  /// ‖θ‖ after the last step, wherever it lies.
  virtual double norm(const State<S>& theta) const { return static_cast<double>(theta.norm()); }

  /// θ is no longer where the last step left it, but close by: what is kept of F there is dropped.
  virtual void moved() {}

  /// Before start(): what θ will be moved by after each step, for a method that has to move more than θ, which it
  /// remembers. The constraint must outlive the run.
  virtual void constrain(Constraint<S>& /*constraint*/) {}

  /// A checkpoint is about to be taken at (theta, t). A method whose memory cannot be archived drops it and begins anew
  /// from here, so that this run and one that goes on from the checkpoint do the same. Comes after the loop is done
  /// with the last step's view.
  virtual void checkpoint(const State<S>& /*theta*/, double /*t*/) {}

  /// After checkpoint(): lists all that the next steps depend on and that the options do not give. Loading needs a
  /// method made with the same options and start()ed at the checkpoint's state, which has given the buffers their
  /// sizes. The derived class's own calls this one.
  virtual void archive(Archive& archive) = 0;

  /// The relative and absolute tolerances that its steps so far have had, where it may take others than those given:
  /// runs with the same ones are one run. Else empty.
  virtual std::vector<double> acting_tolerances() const { return {}; }

  const StepView<S>& last_step() const { return step_; }
  const StepCounters& counters() const { return counters_; }

 protected:
  StepView<S> step_;
  StepCounters counters_;
};

/// "0.125", "1e-09": numbers in messages.
std::string number_text(double value);
/// "1 step", "2 steps".
std::string counted(std::int64_t count, const std::string& what);

}  // namespace invar
