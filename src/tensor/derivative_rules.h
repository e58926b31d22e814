// The derivative of an elementwise function, as a graph over its argument.
#pragma once

#include "tensor/graph.h"

namespace invar {

/// f'(x) for the node y = f(x); kNoNode where it is zero everywhere (step, sign).
NodeId function_derivative(Graph& graph, NodeId y);

}  // namespace invar
