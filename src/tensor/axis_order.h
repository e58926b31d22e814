// In which order the axes of intermediate values lie in memory. A graph's axes have the order in which somebody wrote
// them; which one lets products merge their loops into few large matrix products, and elementwise operations read
// their operands as they lie, depends on all uses of a value. The choice is a transformation of the graph: a value with
// its axes in another order is a node with its shape and labels permuted.
#pragma once

#include "tensor/sample_axis.h"

namespace invar {

/// The same values of the requested nodes, whose own axes stay as they are. Nothing may be batched.
GraphWithRequests with_best_axis_order(const Graph& graph, const std::vector<Request>& requests);

}  // namespace invar
