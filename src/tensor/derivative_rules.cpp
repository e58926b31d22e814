#include "tensor/derivative_rules.h"

#include <numbers>

namespace invar {

NodeId function_derivative(Graph& graph, NodeId y) {
  const NodeId x = graph[y].operands[0].node;
  switch (graph[y].function) {
    case Function::exp:
      return y;
    case Function::log:
      return graph.apply(Function::reciprocal, x);
    case Function::reciprocal:
      return graph.scale(graph.multiply(y, y), -1.0);
    case Function::sqrt:
      return graph.scale(graph.apply(Function::rsqrt, x), 0.5);
    case Function::rsqrt:
      return graph.scale(graph.multiply(y, graph.multiply(y, y)), -0.5);
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
    case Function::step:
    case Function::sign:
      return kNoNode;
  }
  return kNoNode;
}

}  // namespace invar
