// Conditions on θ that end a run on purpose: the loss or the norm of its gradient has fallen to a value, the sharpness
// has grown to one. Each has a margin, above 0 until it is met; the loop looks after every step, and where a flow's
// step ends beyond the condition, it finds the place inside the step.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "integrators/curvature.h"
#include "integrators/vector_field.h"

namespace invar {

/// None by default.
struct StopAt {
  double loss = -std::numeric_limits<double>::infinity();           // C ≤ this
  double gradient_norm = -std::numeric_limits<double>::infinity();  // ‖∇C‖ ≤ this
  double sharpness = std::numeric_limits<double>::infinity();       // λ_max(∇²C) ≥ this
  bool own_step = false;  // λ_max ≥ 2 / τ, τ the size of the run's own steps

  bool asks_sharpness() const { return own_step || sharpness < std::numeric_limits<double>::infinity(); }
  bool asks() const { return loss >= 0.0 || gradient_norm >= 0.0 || asks_sharpness(); }
};

/// What the conditions are about, at one θ; NaN: not measured.
struct StopValues {
  double loss = std::numeric_limits<double>::quiet_NaN();
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  double sharpness = std::numeric_limits<double>::quiet_NaN();
  double step_size = std::numeric_limits<double>::quiet_NaN();  // for own_step
};

/// The smallest of the conditions' margins, (value − threshold) / (value + threshold) or its negative: at most 0 where
/// one is met, 1 where nothing is known.
double stop_margin(const StopAt& at, const StopValues& values);

/// "the loss 0.0999 is at or below 0.1": of the conditions that are met.
std::string stop_text(const StopAt& at, const StopValues& values);

/// Measures along a run. The sharpness is followed by a few Lanczos steps from the direction found last.
template <class S>
class StopWatch {
 public:
  explicit StopWatch(const StopAt& at) : at_(at) {}

  bool on() const { return at_.asks(); }
  const StopAt& at() const { return at_; }
  /// For fields of this size; forgets what it followed.
  void start(Eigen::Index size);

  /// At (theta, t). `derivative`: F there, or null; evaluates the field where that is needed. `closely`: the sharpness
  /// to some 1e-5 (in float 1e-3), else to a percent or much better, its error being of second order.
  StopValues look(VectorField<S>& field, const State<S>& theta, double t, const State<S>* derivative, double step_size,
                  bool closely = false);

 private:
  StopAt at_;
  CurvatureProbe<S> probe_;
  State<S> derivative_;
};

}  // namespace invar
