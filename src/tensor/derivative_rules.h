// The derivative of an elementwise function, as a graph over its argument.
#pragma once

#include "tensor/graph.h"

namespace invar {

/// f'(x) ẋ for the node y = f(x) and the tangent ẋ of x; kNoNode where it is zero everywhere (step, sign). Powers of y
/// are multiplied with ẋ one by one: -y²ẋ of a quotient is a moderate number where y² is none that a float holds.
NodeId function_tangent(Graph& graph, NodeId y, NodeId tangent);

}  // namespace invar
