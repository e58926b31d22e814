// From a contraction's labels to the loops of a product kernel.
#pragma once

#include <optional>

#include "tensor/plan.h"
#include "tensor/triangles.h"

namespace invar {

/// A tensor as it lies, row-major, with the labels of its axes.
struct LabelledShape {
  Shape shape;
  std::vector<Label> labels;
};

/// The loops of out = Σ a b over the labels that `out` lacks; without `a` a sum or diagonal of b.
ProductKernel product_loops(const std::optional<LabelledShape>& a, const LabelledShape& b, const LabelledShape& out);

/// The same with a one_hot besides, whose labels are the loop that is cut into stretches and the entries that these
/// belong to. Operand a must have the former, b the latter or, where it is summed, the former, too.
ProductKernel stretched_loops(const LabelledShape& a, const LabelledShape& b, const LabelledShape& out,
                              const std::vector<Label>& one_hot);

/// Which of the first two operands of a contract node with a one_hot besides is `a` there.
int rows_of_stretches(const Node& node);

/// The kernel of a contract node, its places still empty. Operand a is the unbatched one where exactly one is batched.
/// `order` tells which of the node's operands are a and b (b is -1 for a single operand).
ProductKernel product_kernel(const Graph& graph, const Patterns& triangles, NodeId node, int order[2]);

}  // namespace invar
