// The law of factor_field (fields.h) as a level set.
#pragma once

#include <cmath>

#include "integrators/projection.h"

namespace invar::testing {

/// ‖u‖² − ‖v‖².
template <class S>
class FactorLaw final : public LevelSet<S> {
 public:
  Eigen::Index size() const override { return 1; }
  void start(const State<S>& theta) override { start_ = value(theta); }
  void residual(const State<S>& theta, Eigen::VectorXd& g) override { g(0) = value(theta) - start_; }
  void derivative(const State<S>& theta, const State<S>& v, Eigen::VectorXd& out) override {
    const Eigen::Index n = theta.size() / 2;
    out(0) = 2.0 * static_cast<double>(theta.head(n).dot(v.head(n)) - theta.tail(n).dot(v.tail(n)));
  }
  void transposed(const State<S>& theta, const Eigen::VectorXd& lambda, State<S>& out) override {
    const Eigen::Index n = theta.size() / 2;
    out = static_cast<S>(2.0 * lambda(0)) * theta;
    out.tail(n) = -out.tail(n);
  }

 private:
  static double value(const State<S>& theta) {
    double sum = 0.0;
    const Eigen::Index n = theta.size() / 2;
    for (Eigen::Index i = 0; i < n; ++i)
      sum += std::pow(static_cast<double>(theta(i)), 2) - std::pow(static_cast<double>(theta(n + i)), 2);
    return sum;
  }
  double start_ = 0.0;
};

}  // namespace invar::testing
