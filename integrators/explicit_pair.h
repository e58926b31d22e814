// An embedded explicit Runge–Kutta pair, driven by its tableau. Between two gradients stands one pass over memory
// (linear_combination.h) for the terms that are not zero; the error estimate is one more. Internal to the files that
// name a pair.
#pragma once

#include <vector>

#include "integrators/adaptive_method.h"
#include "integrators/linear_combination.h"
#include "integrators/registry.h"
#include "integrators/step_control.h"

namespace invar {

/// A pair as published: rows 2 … s of the strictly lower triangle of a, b, c, and the weights of the error estimate
/// e = τ Σ e_i k_i. A last stage with b_s = 0 whose row is b is F(θ'), the next step's first.
struct PairCoefficients {
  std::vector<std::vector<double>> a;
  std::vector<double> b;
  std::vector<double> c;
  std::vector<double> error;
  /// A second estimate e₃ of lower order, or none: the error is then ‖e‖² / √(‖e‖² + 0.01 ‖e₃‖²) (DOP853; Hairer,
  /// Nørsett & Wanner, Solving ODEs I, 2nd ed., II.10).
  std::vector<double> lower_error;
  int error_order;  // of the error as it goes with τ: k of StepControl
  PiGains gains;
};

const PairCoefficients& tsit5_coefficients();
const PairCoefficients& dop853_coefficients();

template <class S>
class ExplicitPair final : public AdaptiveMethod<S> {
 public:
  /// Coefficients are rounded to S.
  ExplicitPair(const MethodOptions& options, const PairCoefficients& pair);

  void archive(Archive& archive) override {
    AdaptiveMethod<S>::archive(archive);
    archive("control", control_);
  }

 private:
  /// A row of the tableau without its zeros.
  using Row = std::vector<Term<S>>;
  using Attempt = typename AdaptiveMethod<S>::Attempt;

  void prepare(Eigen::Index size) override;
  void choose_first_step(const State<S>& theta, double t, double longest) override {
    control_.reset(this->first_step_size(theta, t, longest, error_order_));
  }
  double working_step() const override { return control_.step(); }
  void attempt(State<S>& after, Attempt& attempt) override;

  Row make_row(const std::vector<double>& weights) const;
  double error_norm(const State<S>& after, S tau);

  StepControl control_;
  int error_order_;
  Tableau tableau_of_pair_;
  bool first_same_as_last_;
  std::vector<State<S>> inner_;         // k_2 …, without F(θ')
  std::vector<const State<S>*> stage_;  // k_1 … k_s
  std::vector<Row> rows_;               // stages 2 … s, then the update unless the last stage is it
  Row error_, lower_error_;
  State<S> point_;  // Y_i, then error estimates
};

}  // namespace invar
