// Order of the kernels and fusion of elementwise operations.
#pragma once

#include <map>
#include <vector>

#include "tensor/graph.h"

namespace invar {

/// What one kernel computes: one node, or several elementwise nodes over one iteration space.
struct FusedStep {
  bool pointwise = false;
  std::vector<NodeId> nodes;
};

struct KernelOrder {
  std::vector<FusedStep> steps;
  std::map<NodeId, int> step_of;  // for nodes that a step computes
  std::vector<char> needed;       // one a node of the graph
};

/// Reshapes are not computed: they lie where their operand lies.
NodeId storage_root(const Graph& graph, NodeId id);

/// Whether the node is elementwise: no sum, no diagonal.
bool is_elementwise(const Graph& graph, NodeId id);

/// Whether the node is a product of two operands with a sum of very few terms, as for the rotation of pairs: worth no
/// matrix product, but a few elementwise ones. Nothing batched: lanes do well by products.
bool is_short_sum(const Graph& graph, NodeId id);

/// Whether an elementwise node reads operand i in its own order: element e of the output from element e of the operand.
bool reads_in_order(const Graph& graph, NodeId id, std::size_t i);

/// Which operand of a product is a one-hot tensor that need not be stored; −1: none.
int one_hot_operand(const Graph& graph, NodeId id);

/// The nodes whose values a node's kernel reads.
std::vector<NodeId> read_by(const Graph& graph, NodeId id);

KernelOrder order_kernels(const Graph& graph, const std::vector<NodeId>& outputs);

}  // namespace invar
