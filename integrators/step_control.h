// Step sizes of an adaptive method from the norms of its error estimates: h⁺ = h · clip(0.9 φ, 0.2, 5), where with k
// the order of the error estimate's local error φ is
//   i           err_n^(−1/k)
//   pi          err_n^(−α/k) err_(n−1)^(β/k), α = 0.7, β = 0.4   (Gustafsson 1991; Hairer & Wanner, Solving ODEs II,
//               IV.2); methods may want others
//   pid         err_n^(−(I+P+D)/k) err_(n−1)^((P+2D)/k) err_(n−2)^(−D/k)   (Söderlind 2003, Digital filters in adaptive
//               time-stepping), gains I = 0.25, P = 0.14, D = 0.10 (Kennedy & Carpenter 2003)
//   predictive  the smaller of i's and (h_n / h_(n−1)) (err_(n−1) / err_n²)^(1/k)   (Gustafsson 1994; Hairer & Wanner,
//               Solving ODEs II, IV.8)
// After a rejection i's, and no growth by the step that follows it; h/10 and no memory where an attempt was not finite.
// The first step is Hairer, Nørsett & Wanner's (Solving ODEs I, II.4). Scalars are double for float states too.
#pragma once

#include <cstdint>
#include <string_view>

#include "integrators/error_norm.h"
#include "integrators/vector_field.h"

namespace invar {

enum class ControlKind : std::uint8_t { i, pi, pid, predictive };
std::string_view to_string(ControlKind kind);
/// "i", "pi", "pid", "predictive"; throws InputError.
ControlKind parse_control(std::string_view text);

/// Where the error goes with τ^k, it settles at 0.9^(k/(α − β)) of the tolerance.
struct PiGains {
  double alpha = 0.7;
  double beta = 0.4;
};

/// The shortest step at t: shorter than 16 roundings of t it cannot be trusted to move t. At and near 0, where t has no
/// size yet, the limit's stands for it, but no more than 1, however far the limit is.
double shortest_step(double t, double t_limit);

class StepControl {
 public:
  /// `order`: k above, the embedded solution's order + 1.
  explicit StepControl(int order, ControlKind kind = ControlKind::pi, PiGains gains = {});

  void reset(double step);
  /// The working step: the size to try next, before it is clipped to a time limit.
  double step() const { return step_; }

  /// `clipped`: the step was cut by a time limit, so its error says little: the working step does not shrink to it.
  void accept(double tried, double error, bool clipped);
  /// An error that is not finite marks a non-finite attempt.
  void reject(double tried, double error);
  /// Rejects an attempt without an error: the equations of an implicit step were not solved.
  void halve(double tried);

  /// After an accepted step.
  void archive(Archive& archive);

 private:
  double factor(double tried, double error) const;
  void forget();

  double order_;
  ControlKind kind_;
  PiGains gains_;
  double step_ = 0.0;
  double previous_error_ = 1.0;
  double error_before_previous_ = 1.0;
  double previous_step_ = 0.0;  // 0: none
  bool after_rejection_ = false;
};

/// Proposes the first step's size at (theta, t) from F(theta), at most `longest`; evaluates the field (once, more often
/// where that is not finite). `trial` and `trial_derivative` are scratch of θ's size.
template <class S>
double first_step(VectorField<S>& field, const State<S>& theta, double t, const State<S>& derivative,
                  const ErrorNorm& norm, int order, double longest, State<S>& trial, State<S>& trial_derivative);

}  // namespace invar
