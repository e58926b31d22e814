// Three steps. (1) R = w P: P has all its zeros in the interval and is orthogonal there for the weight
// w² / √((x − x_0)(x_1 − x)), w has the two complex ones; so |R| has ripples of one height (Abdulle & Medovikov, Numer.
// Math. 90, 2001; Abdulle, SIAM J. Sci. Comput. 23, 2002). w and the interval's length, for which R has order 3, are
// smooth functions of 1/s²: the polynomials below, fitted by tables/rkc3.py, are off by 3e-7. (2) P's recurrence by the
// Stieltjes procedure, exact with a Gauss–Chebyshev rule (Gautschi, Orthogonal Polynomials, 2.2.3). (3) R's Chebyshev
// series, whose terms are the stages; its least change that meets the order conditions to rounding.
#include "integrators/rkc3_coefficients.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <mutex>
#include <numbers>

#include "integrators/chebyshev_chain.h"

namespace invar {
namespace {

#include "integrators/tables/rkc3.inc"

constexpr double kDamping = 0.05;  // of the chain: w0 = 1 + kDamping / s²
// As RKC's estimate: (1/15) τ³ θ'''.
constexpr double kEstimate = 1.0 / 15;
constexpr std::size_t kNodes = Rkc3::kMostStages + 1;
using Nodes = std::array<double, kNodes>;

double fitted(const std::array<double, 5>& polynomial, int stages) {
  const double x = 25.0 / (static_cast<double>(stages) * stages);
  return polynomial[0] + x * (polynomial[1] + x * (polynomial[2] + x * (polynomial[3] + x * polynomial[4])));
}

/// R in place of the s + 1 arguments z.
void stability_polynomial(int stages, std::span<double> z) {
  const double re = fitted(kReal, stages), im = fitted(kImaginary, stages);
  const auto w = [&](double at) { return ((at + re) * (at + re) + im * im) / (re * re + im * im); };
  // P in x = 1 + (z + kOffset) / half, orthogonal on [−1, 1]; `rule` at the nodes of the quadrature.
  const double half = 0.5 * (rkc3_interval(stages) - kOffset), origin = 1.0 + kOffset / half;
  const auto degree = static_cast<std::size_t>(stages) - 2, nodes = degree + 3;
  Nodes x, weight, rule, rule_older{}, value, value_older{};
  for (std::size_t i = 0; i < nodes; ++i) {
    x[i] = std::cos((static_cast<double>(i) + 0.5) * std::numbers::pi / static_cast<double>(nodes));
    const double root = w(-kOffset + (x[i] - 1.0) * half);
    weight[i] = root * root;
    rule[i] = 1.0;
    value[i] = w(z[i]);
  }
  double previous_norm = 1.0, ratio = 1.0;  // of the polynomials at z = 0
  for (std::size_t k = 0; k < degree; ++k) {
    double norm = 0.0, moment = 0.0;
    for (std::size_t i = 0; i < nodes; ++i) {
      const double square = weight[i] * rule[i] * rule[i];
      norm += square;
      moment += x[i] * square;
    }
    const double alpha = moment / norm, beta = k == 0 ? 0.0 : norm / previous_norm, share = beta / ratio;
    ratio = origin - alpha - share;
    for (std::size_t i = 0; i < nodes; ++i) {
      const double next = (x[i] - alpha) * rule[i] - beta * rule_older[i];
      rule_older[i] = rule[i];
      rule[i] = next;
      const double at = 1.0 + (z[i] + kOffset) / half;
      const double next_value = ((at - alpha) * value[i] - share * value_older[i]) / ratio;
      value_older[i] = value[i];
      value[i] = next_value;
    }
    previous_norm = norm;
  }
  std::copy_n(value.begin(), nodes, z.begin());
}

/// Elementary weights of a stage for the trees • [•] [[•]] (Hairer, Nørsett & Wanner, Solving ODEs I, II.2).
using Weights = Eigen::Vector3d;

void make(int stages, std::span<double> combine, Rkc3& result) {
  const auto n = static_cast<std::size_t>(stages), nodes = n + 1;
  result.w0 = 1.0 + kDamping / (static_cast<double>(stages) * stages);
  result.w1 = (result.w0 + 1.0) / rkc3_interval(stages);
  std::array<stabilised::ChainTerm, kNodes> chain;
  stabilised::chebyshev_chain(result.w0, result.w1, Rkc3::kStart, std::span(chain).first(nodes));
  std::array<Weights, kNodes> y;
  y[0].setZero();
  for (std::size_t j = 1; j <= n; ++j) {
    const stabilised::ChainTerm& term = chain[j];
    y[j] = term.own * Weights(1.0, y[j - 1](0), y[j - 1](1)) + term.first * Weights::UnitX();
    if (j >= 2) y[j] += term.mu * y[j - 1] + term.nu * y[j - 2];
  }

  Nodes angle, value;
  for (std::size_t i = 0; i < nodes; ++i) {
    angle[i] = (static_cast<double>(i) + 0.5) * std::numbers::pi / static_cast<double>(nodes);
    value[i] = (std::cos(angle[i]) - result.w0) / result.w1;
  }
  stability_polynomial(stages, std::span(value).first(nodes));
  Weights missing(1.0, 1.0 / 2, 1.0 / 6);
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  combine[0] = 0.0;
  for (std::size_t j = 1; j <= n; ++j) {
    double coefficient = 0.0;
    for (std::size_t i = 0; i < nodes; ++i) coefficient += value[i] * std::cos(static_cast<double>(j) * angle[i]);
    combine[j] = 2.0 / static_cast<double>(nodes) * coefficient / chain[j].b;
    missing -= combine[j] * y[j];
    normal += y[j] * y[j].transpose() / (chain[j].b * chain[j].b);
  }
  // Least change of the series: combine_j b_j is a coefficient of it.
  const Weights multiplier = normal.ldlt().solve(missing);
  for (std::size_t j = 1; j <= n; ++j) combine[j] += multiplier.dot(y[j]) / (chain[j].b * chain[j].b);
  result.combine = combine;

  // Stages near a third and two thirds of the chain's time, which is 1.36 τ.
  const double end = chain[n].time;
  std::size_t i1 = 2;
  while (i1 + 2 < n && chain[i1].time < end / 3.0) ++i1;
  std::size_t i2 = i1 + 1;
  while (i2 + 1 < n && chain[i2].time < 2.0 * end / 3.0) ++i2;
  const double c1 = chain[i1].time, c2 = chain[i2].time;
  const Eigen::Vector3d e(1.0 / (c1 * (c1 - c2) * (c1 - end)), 1.0 / (c2 * (c2 - c1) * (c2 - end)),
                          1.0 / (end * (end - c1) * (end - c2)));
  const double size = 6.0 * (e(0) * y[i1](2) + e(1) * y[i2](2) + e(2) * y[n](2));
  result.inner = {static_cast<int>(i1), static_cast<int>(i2)};
  for (std::size_t i = 0; i < 3; ++i) result.estimate[i] = 6.0 * kEstimate / size * e(static_cast<Eigen::Index>(i));
}

}  // namespace

double rkc3_interval(int stages) {
  return fitted(kInterval, stages) * stages * stages;
}

const Rkc3& rkc3(int stages) {
  constexpr std::size_t kDegrees = Rkc3::kMostStages - Rkc3::kLeastStages + 1;
  static std::array<Nodes, kDegrees> combine;
  static std::array<Rkc3, kDegrees> made;
  static std::array<std::once_flag, kDegrees> flags;
  const auto degree = static_cast<std::size_t>(stages - Rkc3::kLeastStages);
  std::call_once(flags[degree], [&] {
    make(stages, std::span(combine[degree]).first(static_cast<std::size_t>(stages) + 1), made[degree]);
  });
  return made[degree];
}

}  // namespace invar
