#include "integrators/combined_chain.h"

#include <Eigen/Dense>
#include <cmath>
#include <numbers>

namespace invar::stabilised {
namespace {

/// Those of F(Y) from those of Y − θ: of the trees whose root bears the subtrees.
Weights of_derivative(const Weights& y) {
  Weights k;
  k << 1.0, y(0), y(1), y(2), y(0) * y(0), y(0) * y(0) * y(0), y(0) * y(1), y(4);
  return k;
}

}  // namespace

Weights exact_weights() {
  Weights exact;
  exact << 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 3, 1.0 / 4, 1.0 / 8, 1.0 / 12;
  return exact;
}

void chain_weights(std::span<const ChainTerm> chain, const ChainCorrection& correction, std::span<Weights> weights) {
  const Weights first = Weights::UnitX();
  Weights defect = Weights::Zero();
  weights[0].setZero();
  for (std::size_t j = 1; j < chain.size(); ++j) {
    const ChainTerm& term = chain[j];
    const auto last = static_cast<std::size_t>(correction.last);
    weights[j] = term.own * of_derivative(weights[j - 1]) + term.first * first;
    if (j >= 2) weights[j] += term.mu * weights[j - 1] + term.nu * weights[j - 2];
    if (last > 0 && j > last) weights[j] += correction.inject[j] * defect;
    if (last > 0 && j == last) {
      const Weights& node = weights[static_cast<std::size_t>(correction.node)];
      defect = of_derivative(correction.at_node * node + correction.at_last * weights[j]) -
               correction.at_node * of_derivative(node) - correction.at_last * of_derivative(weights[j]) -
               (1.0 - correction.at_node - correction.at_last) * first;
    }
  }
}

void chebyshev_series(const StabilityPolynomial& polynomial, const ChainShape& shape, std::span<double> series) {
  const std::size_t nodes = series.size();
  CombinedChain::Terms angle, value;
  for (std::size_t i = 0; i < nodes; ++i) {
    angle[i] = (static_cast<double>(i) + 0.5) * std::numbers::pi / static_cast<double>(nodes);
    value[i] = (std::cos(angle[i]) - shape.w0) / shape.w1;
  }
  evaluate(polynomial, std::span(value).first(nodes));
  for (std::size_t j = 0; j < nodes; ++j) {
    double coefficient = 0.0;
    for (std::size_t i = 0; i < nodes; ++i) coefficient += value[i] * std::cos(static_cast<double>(j) * angle[i]);
    series[j] = 2.0 / static_cast<double>(nodes) * coefficient;
  }
}

void combine_stages(int order, std::span<const double> series, std::span<const ChainTerm> chain,
                    std::span<const Weights> weights, std::span<double> combine) {
  Eigen::Vector4d missing = exact_weights().head<4>();
  Eigen::Matrix4d normal = Eigen::Matrix4d::Zero();
  combine[0] = 0.0;
  for (std::size_t j = 1; j < chain.size(); ++j) {
    const Eigen::Vector4d y = weights[j].head<4>();
    combine[j] = series[j] / chain[j].b;
    missing -= combine[j] * y;
    normal += y * y.transpose() / (chain[j].b * chain[j].b);
  }
  // combine_j b_j is a coefficient of the series.
  Eigen::Vector4d multiplier = Eigen::Vector4d::Zero();
  multiplier.head(order) = normal.topLeftCorner(order, order).ldlt().solve(missing.head(order));
  for (std::size_t j = 1; j < chain.size(); ++j)
    combine[j] += multiplier.dot(weights[j].head<4>()) / (chain[j].b * chain[j].b);
}

}  // namespace invar::stabilised
