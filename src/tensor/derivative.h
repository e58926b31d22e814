// Derivatives as a transformation from graph to graph; it applies to its own results, so any order is at hand.
//
// Contractions are multilinear, index operations linear: their derivatives come by linearisation. Only elementwise
// functions, softmax and log-sum-exp have a rule. A gradient is the transpose of the forward derivative: the rules of
// reverse mode follow, they are not written down a second time.
#pragma once

#include <span>
#include <vector>

#include "tensor/graph.h"

namespace invar {

/// Directional derivatives of `outputs` when each node of `wrt` (variables) moves along its `tangents`. An output that
/// does not depend on them gives kNoNode.
std::vector<NodeId> forward_derivative(Graph& graph, std::span<const NodeId> outputs, std::span<const NodeId> wrt,
                                       std::span<const NodeId> tangents);

/// Gradient of a scalar (unbatched) node with respect to variables; kNoNode where it does not depend on one.
std::vector<NodeId> gradient(Graph& graph, NodeId scalar, std::span<const NodeId> wrt);

/// The same for each sample by itself, where the scalar is a sum over samples: batched nodes, whose sum is the
/// gradient.
std::vector<NodeId> sample_gradients(Graph& graph, NodeId scalar, std::span<const NodeId> wrt);

}  // namespace invar
