// Step sizes of an adaptive method from the norms of its error estimates: PI control (Gustafsson 1991; Hairer & Wanner,
// Solving ODEs II, IV.2), h⁺ = h · clip(0.9 err_n^(−0.7/k) err_(n−1)^(0.4/k), 0.2, 5), k = order of the error
// estimate's local error; pure I (err^(−1/k)) after a rejection, and no growth by the step that follows it; h/10 and no
// memory where an attempt was not finite. The first step is Hairer, Nørsett & Wanner's (Solving ODEs I, II.4). Scalars
// are double for float states too.
#pragma once

#include "integrators/error_norm.h"
#include "integrators/vector_field.h"

namespace invar {

class StepControl {
 public:
  /// `order`: k above, the embedded solution's order + 1.
  explicit StepControl(int order);

  void reset(double step);
  /// The working step: the size to try next, before it is clipped to a time limit.
  double step() const { return step_; }

  /// `clipped`: the step was cut by a time limit, so its error says little: the working step does not shrink to it.
  void accept(double tried, double error, bool clipped);
  /// An error that is not finite marks a non-finite attempt.
  void reject(double tried, double error);
  /// Rejects an attempt without an error: the equations of an implicit step were not solved.
  void halve(double tried);

 private:
  double order_;
  double step_ = 0.0;
  double previous_error_ = 1.0;
  bool after_rejection_ = false;
};

/// Proposes the first step's size at (theta, t) from F(theta), at most `longest`; evaluates the field (once, more often
/// where that is not finite). `trial` and `trial_derivative` are scratch of θ's size.
template <class S>
double first_step(VectorField<S>& field, const State<S>& theta, double t, const State<S>& derivative,
                  const ErrorNorm& norm, int order, double longest, State<S>& trial, State<S>& trial_derivative);

}  // namespace invar
