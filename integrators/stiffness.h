// Does stability limit the steps of an explicit Runge–Kutta method? With two evaluations at the time of the step's end,
// F(θ') and a stage k_s = F(Y_s), c_s = 1, the difference quotient ‖F(θ') − k_s‖ / ‖θ' − Y_s‖ comes near the largest
// modulus of an eigenvalue of J, for these two states differ by what the step is unsure of, stiff directions above all
// (Hairer & Wanner, Solving ODEs II, IV.2). Times the step size it is the place of the step on the real axis, to be
// compared with the end of the method's stability interval.
#pragma once

#include <cstdint>

#include "integrators/method.h"

namespace invar {

/// x such that |R(−y)| <= 1 for 0 <= y <= x, R the stability function of an explicit tableau.
double real_stability(const Tableau& tableau);

/// Watches a run of one method.
template <class S>
class StiffnessWatch {
 public:
  /// Measures every so many steps, and calls steps limited after so many measurements near the limit in a row.
  StiffnessWatch(int every, int patience) : every_(every), patience_(patience) {}

  void start(Eigen::Index size);

  /// After each accepted step; measures every few steps. Null where nothing has been measured, as always for methods
  /// whose tableau is implicit, has no stage like the above, or changes from step to step.
  const Stiffness* see(const StepView<S>& step);

  /// What a method without a tableau has measured itself, in each good step before it is seen; `near` its limit?
  void note(double tau, double radius, double interval, bool near);

  void archive(Archive& archive);

 private:
  static constexpr double kNear = 0.7;  // of the interval; the control lets the step swing around its end

  const Stiffness* known() const { return last_.radius > 0.0 ? &last_ : nullptr; }

  int every_, patience_;
  const Tableau* tableau_ = nullptr;
  int stage_ = -1;
  Stiffness last_;
  std::int64_t steps_ = 0;
  int in_a_row_ = 0;
  State<S> distance_;
};

}  // namespace invar
