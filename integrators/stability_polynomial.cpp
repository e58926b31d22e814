// P's recurrence by the Stieltjes procedure, exact with a Gauss–Chebyshev rule (Gautschi, Orthogonal Polynomials,
// 2.2.3).
#include "integrators/stability_polynomial.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace invar {

double fitted(std::span<const double> polynomial, int stages) {
  const double x = 25.0 / (static_cast<double>(stages) * stages);
  double value = 0.0;
  for (std::size_t i = polynomial.size(); i-- > 0;) value = value * x + polynomial[i];
  return value;
}

void evaluate(const StabilityPolynomial& polynomial, std::span<double> z) {
  using Nodes = std::array<double, StabilityPolynomial::kMostStages + 1>;
  const auto w = [&](double at) {
    double product = 1.0;
    for (const auto& [re, im] : polynomial.zeros) product *= ((at + re) * (at + re) + im * im) / (re * re + im * im);
    return product;
  };
  // P in x = 1 + (z + offset) / half, orthogonal on [−1, 1]; `rule` at the nodes of the quadrature.
  const double offset = polynomial.offset, half = 0.5 * (polynomial.interval - offset), origin = 1.0 + offset / half;
  const std::size_t nodes = z.size(), degree = nodes - 1 - 2 * polynomial.zeros.size();
  const double end = w(-polynomial.interval);
  Nodes x, weight, rule, rule_older{}, value, value_older{};
  for (std::size_t i = 0; i < nodes; ++i) {
    x[i] = std::cos((static_cast<double>(i) + 0.5) * std::numbers::pi / static_cast<double>(nodes));
    const double root = w(-offset + (x[i] - 1.0) * half) / end;
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
      const double at = 1.0 + (z[i] + offset) / half;
      const double next_value = ((at - alpha) * value[i] - share * value_older[i]) / ratio;
      value_older[i] = value[i];
      value[i] = next_value;
    }
    previous_norm = norm;
  }
  for (std::size_t i = 0; i < nodes; ++i) z[i] = value[i];
}

}  // namespace invar
