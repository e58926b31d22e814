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

/// Watches a run of one explicit method.
template <class S>
class StiffnessWatch {
 public:
  static constexpr std::int64_t kEvery = 4;  // steps: a measurement takes passes over memory

  void start(Eigen::Index size);

  /// After each accepted step. True at a measurement, every `kEvery` steps, once stability has limited the steps for
  /// some time.
  bool stiff(const StepView<S>& step);

  /// τ ρ where last measured, over the method's stability interval: about 1 where stability limits the step.
  double share() const { return share_; }
  /// The modulus ρ of the largest eigenvalue, as last measured.
  double radius() const { return radius_; }
  /// The end of the method's stability interval; 0 before the first measurement.
  double interval() const { return interval_; }

 private:
  static constexpr int kPatience = 5;   // measurements in a row
  static constexpr double kNear = 0.7;  // of the interval; the control lets the step swing around its end

  const Tableau* tableau_ = nullptr;
  int stage_ = -1;
  double interval_ = 0.0, share_ = 0.0, radius_ = 0.0;
  std::int64_t steps_ = 0;
  int in_a_row_ = 0;
  State<S> distance_;
};

}  // namespace invar
