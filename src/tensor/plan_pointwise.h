// From a fused step to the program of a pointwise kernel.
#pragma once

#include <functional>

#include "tensor/plan.h"
#include "tensor/plan_order.h"

namespace invar {

/// `place(id)` tells where a node lies (after reshapes); `stored(id)` whether a member's value is needed in memory.
PointwiseKernel pointwise_kernel(const Graph& graph, const FusedStep& step,
                                 const std::function<Location(NodeId)>& place,
                                 const std::function<bool(NodeId)>& stored);

/// The kernel that copies a node to another place.
PointwiseKernel copy_kernel(const Graph& graph, NodeId node, const Location& from, const Location& to);

}  // namespace invar
