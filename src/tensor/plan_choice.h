// From the labels of a product with one-hot vectors to the loops of its kernel.
#pragma once

#include "tensor/plan.h"

namespace invar {

/// The kernel of a contract node whose operand `one_hot` is a one_hot node; its places are still empty.
ChoiceKernel choice_kernel(const Graph& graph, NodeId node, int one_hot);

}  // namespace invar
