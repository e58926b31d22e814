// A stiff field with matrix laws.
#pragma once

#include <Eigen/Dense>
#include <random>

#include "integrators/vector_field.h"

namespace invar::testing {

inline Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(engine); });
}

/// A deep linear net of three layers, W_3 W_2 W_1 against M: C = ½ ‖W_3 W_2 W_1 − M‖² with singular values up to 30.
/// Laws: W_1 W_1ᵀ − W_2ᵀ W_2 and W_2 W_2ᵀ − W_3ᵀ W_3.
struct DeepLinear {
  static constexpr Eigen::Index n = 4, layer = n * n, size = 3 * layer;
  using Weights = Eigen::Map<const Eigen::Matrix4d>;
  static Eigen::Matrix4d target() {
    const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(random_matrix(n, n, 5)).householderQ();
    return q * Eigen::Vector4d(30.0, 6.0, 1.0, 0.1).asDiagonal();
  }
  static void field(const State<double>& theta, double, State<double>& derivative) {
    static const Eigen::Matrix4d m = target();
    const Weights w1(theta.data()), w2(theta.data() + layer), w3(theta.data() + 2 * layer);
    const Eigen::Matrix4d error = m - w3 * w2 * w1;
    Eigen::Map<Eigen::Matrix4d> d1(derivative.data()), d2(derivative.data() + layer), d3(derivative.data() + 2 * layer);
    d1 = (w3 * w2).transpose() * error;
    d2 = w3.transpose() * error * w1.transpose();
    d3 = error * (w2 * w1).transpose();
  }
  static State<double> start() { return 0.4 * random_matrix(size, 1, 6); }
  static Eigen::VectorXd laws(const State<double>& theta) {
    const Weights w1(theta.data()), w2(theta.data() + layer), w3(theta.data() + 2 * layer);
    Eigen::VectorXd laws(2 * layer);
    Eigen::Map<Eigen::Matrix4d>(laws.data()) = w1 * w1.transpose() - w2.transpose() * w2;
    Eigen::Map<Eigen::Matrix4d>(laws.data() + layer) = w2 * w2.transpose() - w3.transpose() * w3;
    return laws;
  }
};

}  // namespace invar::testing
