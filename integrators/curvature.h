// Both ends of the spectrum of ∇²C = −J along a run, for the methods whose number of stages they decide. A few Lanczos
// steps on difference quotients J q ≈ (F(θ + δ q) − F(θ)) / δ: one gradient each where an exact product costs two, and
// no more is known of a number that is good for some steps only. Each measurement starts from the direction in which
// the one before it ended.
#pragma once

#include <cstdint>

#include "integrators/vector_field.h"

namespace invar {

/// Ritz values of ∇²C; the residuals bound the distance to an eigenvalue.
struct Curvature {
  double largest = 0.0;  // the sharpness
  double smallest = 0.0;
  double residual_largest = 0.0;
  double residual_smallest = 0.0;
  std::int64_t step = 0;      // measured at the start of this step
  std::int64_t products = 0;  // gradients spent on it
};

template <class S>
class CurvatureProbe {
 public:
  /// For fields of this size; nothing known. Allocates.
  void start(Eigen::Index size);

  /// At (theta, t), where the field is `derivative`. Ends when the residual of the largest is within `tolerance` of the
  /// larger modulus. False where a product was not finite: the last measurement stays.
  bool measure(VectorField<S>& field, const State<S>& theta, double t, const State<S>& derivative, double tolerance,
               std::int64_t step);

  const Curvature& last() const { return last_; }

  void archive(Archive& archive);

 private:
  static constexpr int kDirections = 8;  // kept at once: vectors of θ's size
  static constexpr int kRestarts = 4;
  using Small = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, kDirections, kDirections>;
  using SmallVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kDirections, 1>;

  void set_start(const State<S>& derivative);

  Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic> basis_;
  State<S> top_, trial_, product_, scattered_;
  bool warm_ = false;
  Curvature last_;
};

}  // namespace invar
