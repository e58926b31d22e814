// What a unit's GD and SGD runs are compared with: the states of its first flow, the one at the tightest tolerance, at
// every time at which another run records, and the drift that the flow alone predicts for each schedule of steps:
//   h(θ_n) − h(θ_0) ≈ ∫ τ(t) E h₂(ĝ(t)) dt,   E h₂(ĝ_B) = h₂(ḡ) + c (mean_i h₂(g_i) − h₂(ḡ)),
// c = 1/B with replacement, (N − B)/(B (N − 1)) without, 0 for GD (MATH.md §1, "Leading order"). τ(t) is piecewise
// constant, its integral over a step of the flow exact; h₂ is taken linear in between.
#pragma once

#include <vector>

#include "job/run_setup.h"
#include "law/evaluate.h"

namespace invar {

class ReferenceFlow {
 public:
  ReferenceFlow(const UnitSetup& unit, bool with_predictions);

  // The flow's side.
  /// h₂ of the full gradient at time t, in ascending order of t.
  void at_gradient(double t, const double* gradient);
  /// A stop: θ there; at_gradient(t) came before.
  void at_stop(std::size_t stop, const double* theta);
  /// At a row: the mean of h₂ over the gradients of single samples, for SGD.
  void at_spread(double t, const std::vector<double>& mean_of_samples);

  /// True where SGD runs ask for at_spread.
  bool wants_spread() const { return wants_spread_; }
  std::size_t components() const { return components_; }
  /// h₂ of a vector, all components.
  void quadratic(const double* g, double* out);
  const std::vector<double>& last_quadratic() const { return last_; }

  /// All that the flow has left so far.
  void archive(Archive& archive);

  // The other runs' side. Empty where the flow did not come that far.
  const std::vector<double>& state_at(double t) const;
  /// The prediction for a run at each of its rows, [row, component]; NaN beyond the flow's end.
  std::vector<double> prediction(std::size_t run) const;

 private:
  struct Clock {      // one for each schedule that differs
    std::size_t run;  // the first run that has it
    StepTimes steps;
    std::vector<double> sum;                   // ∫ τ h₂(ḡ) dt up to now
    std::vector<std::vector<double>> at_stop;  // a copy at each stop
  };

  const UnitSetup& unit_;
  bool with_predictions_, wants_spread_ = false;
  std::size_t components_;
  std::vector<Evaluator> evaluators_;
  std::vector<double> low_, previous_, last_;
  double previous_time_ = 0.0;
  bool begun_ = false;
  std::vector<Clock> clocks_;
  std::vector<std::size_t> clock_of_run_;
  std::vector<std::vector<double>> states_;
  std::vector<double> spread_times_;
  std::vector<std::vector<double>> spreads_;  // mean h₂(g_i) − h₂(ḡ)
};

}  // namespace invar
