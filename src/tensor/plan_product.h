// From a contraction's labels to the loops of a product kernel.
#pragma once

#include "tensor/plan.h"

namespace invar {

/// The kernel of a contract node, its places still empty. Operand a is the unbatched one where exactly one is batched.
/// `order` tells which of the node's operands are a and b (b is -1 for a single operand).
ProductKernel product_kernel(const Graph& graph, NodeId node, int order[2]);

}  // namespace invar
