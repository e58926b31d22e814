// max, min and clamp of terms, min along an axis, and repeat: values against plain loops, ties, and what is refused.
#include <algorithm>

#include "notation_case.h"
#include "tensor/derivative.h"

namespace invar::oracle {
namespace {

TEST_CASE("max, min and clamp compare entry by entry and repeat what lacks an index") {
  const NotationCase c(R"(parameters A[h d] b[h] s
    input x[t d]
    u[t h] = A[h d] x[t d]
    y[t h] = max(u[t h], b[h]) - 2 min(u[t h], s, b[h]) clamp(u[t h], -0.25, s^2) + max(min(2, 1) s, b[h]) / 4)",
                       extents({{"d", 3}, {"t", 4}, {"h", 5}}));
  Array A = c.parameter("A"), b = c.parameter("b"), x = c.x(), y({4, 5});
  const double s = c.parameter("s")();
  for (Index t = 0; t < 4; ++t)
    for (Index h = 0; h < 5; ++h) {
      double u = 0.0;
      for (Index d = 0; d < 3; ++d) u += A(h, d) * x(t, d);
      y(t, h) = std::max(u, b(h)) - 2.0 * std::min({u, s, b(h)}) * std::min(std::max(u, -0.25), s * s) +
                std::max(s, b(h)) / 4.0;
    }
  require_equal(c.output(), y);
}

TEST_CASE("min along an axis is the smallest entry") {
  const NotationCase c("input x[t d]\ny[t] = min[d](x[t d]) + 2 min[u e](x[u e]) - max[d](0 - x[t d])",
                       extents({{"d", 5}, {"t", 3}}));
  Array x = c.x(), y({3});
  const double least = *std::ranges::min_element(x.values);
  for (Index t = 0; t < 3; ++t) {
    double row = x(t, 0);
    for (Index d = 1; d < 5; ++d) row = std::min(row, x(t, d));
    y(t) = 2.0 * row + 2.0 * least;
  }
  require_equal(c.output(), y);
}

TEST_CASE("the larger of two is one of them to the last bit, and with equal ones the slope is the first's") {
  const NotationCase c("parameters a b\ninput x\ny = a b x\ncontrol larger = max(a, b) + 0 min(a, b)", {});
  const NodeId larger = c.block.laws.front().node;
  const auto at = [&](double a, double b) {
    Graph graph = c.block.graph;
    const std::vector<NodeId> slopes = gradient(graph, larger, c.block.parameter_nodes);
    const Numbers theta{a, b}, one{1.0};
    Interpreter run(graph, {theta}, one);
    const auto number = [&](NodeId node) { return node == kNoNode ? 0.0 : run.value(node)[0]; };
    return Numbers{number(larger), number(slopes[0]), number(slopes[1])};
  };
  CHECK(at(1e-30, -1.0) == Numbers{1e-30, 1.0, 0.0});
  CHECK(at(-1e30, 3.0) == Numbers{3.0, 0.0, 1.0});
  CHECK(at(0.5, 0.5) == Numbers{0.5, 1.0, 0.0});
}

TEST_CASE("a repeated term has the same numbers along the index, and counts as often where it is summed") {
  const NotationCase c(R"(parameters Q[h d] K[g d]
    input x[d]
    y[g r] = Q[(g r) d] x[d] - repeat[r](K[g d] x[d])
    z = sum[r g](repeat[r](K[g d] x[d])) + sum[q](repeat[q](x[d] x[d])) + sum[p d](sinusoid[p d](base=10) x[d])
    w[g r] = z y[g r])",
                       extents({{"d", 4}, {"g", 2}, {"r", 3}, {"q", 5}, {"p", 3}}));
  Array Q = c.parameter("Q"), K = c.parameter("K"), x = c.x(), w({2, 3});
  double z = 0.0;
  for (Index d = 0; d < 4; ++d) {
    z += 3.0 * (K(0, d) + K(1, d)) * x(d) + 5.0 * x(d) * x(d);
    for (Index p = 0; p < 3; ++p) {
      const double angle = static_cast<double>(p) * std::pow(10.0, -static_cast<double>(d / 2 * 2) / 4.0);
      z += (d % 2 == 0 ? std::sin(angle) : std::cos(angle)) * x(d);
    }
  }
  for (Index g = 0; g < 2; ++g)
    for (Index r = 0; r < 3; ++r) {
      for (Index d = 0; d < 4; ++d) w(g, r) += (Q(g * 3 + r, d) - K(g, d)) * x(d);
      w(g, r) *= z;
    }
  require_equal(c.output(), w);
}

}  // namespace
}  // namespace invar::oracle
