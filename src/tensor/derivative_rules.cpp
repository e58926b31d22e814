#include "tensor/derivative_rules.h"

#include <numbers>

namespace invar {

namespace {

/// f'(x), but of powers of x.
NodeId slope_of(Graph& graph, NodeId y) {
  const NodeId x = graph[y].operands[0].node;
  switch (graph[y].function) {
    case Function::exp:
      return y;
    case Function::log:
      return graph.apply(Function::reciprocal, x);
    case Function::sqrt:
      return graph.scale(graph.apply(Function::rsqrt, x), 0.5);
    case Function::tanh:
      return graph.affine(graph.multiply(y, y), -1.0, 1.0);
    case Function::sigmoid:
      return graph.multiply(y, graph.affine(y, -1.0, 1.0));
    case Function::relu:
      return graph.apply(Function::step, x);
    case Function::erfc:
      return graph.scale(graph.apply(Function::exp, graph.scale(graph.multiply(x, x), -1.0)),
                         -2.0 * std::numbers::inv_sqrtpi);
    case Function::sin:
      return graph.apply(Function::cos, x);
    case Function::cos:
      return graph.scale(graph.apply(Function::sin, x), -1.0);
    case Function::abs:
      return graph.apply(Function::sign, x);
    case Function::softplus:
      return graph.apply(Function::sigmoid, x);
    default:
      return kNoNode;
  }
}

}  // namespace

NodeId function_tangent(Graph& graph, NodeId y, NodeId tangent) {
  const auto times_y = [&](NodeId x) { return graph.multiply(y, x); };
  switch (graph[y].function) {
    case Function::reciprocal:
      return graph.scale(times_y(times_y(tangent)), -1.0);
    case Function::rsqrt:
      return graph.scale(times_y(times_y(times_y(tangent))), -0.5);
    default:
      break;
  }
  const NodeId slope = slope_of(graph, y);
  return slope == kNoNode ? kNoNode : graph.multiply(slope, tangent);
}

}  // namespace invar
