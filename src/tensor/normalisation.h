// Norms, and largest entries, over chosen axes as compositions of graph operations. Norms have no learned scales:
//   rms_norm(x) = x / √(mean x² + eps)        layer_norm(x) = (x − mean x) / √(mean (x − mean x)² + eps)
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/graph.h"

namespace invar {

NodeId rms_norm(Graph& graph, NodeId x, const std::vector<std::size_t>& axes, Number eps);
NodeId layer_norm(Graph& graph, NodeId x, const std::vector<std::size_t>& axes, Number eps);

enum class Extreme : std::uint8_t { smallest, largest };

/// The largest (smallest) entry along an axis, which disappears. Its derivative is that of the first of the largest.
NodeId extreme(Graph& graph, NodeId x, std::size_t axis, Extreme which);

/// The larger (smaller) of two, entry by entry, repeated along labels that they lack; where they are equal the first,
/// and its derivative. Numbers are finite: the other one is multiplied by 0.
NodeId extreme(Graph& graph, const Operand& first, const Operand& second, const std::vector<Label>& labels,
               const Shape& shape, Extreme which);

/// weight · softmax / Σ over `axis` of weight · softmax: a softmax over the entries that the 0/1 mask `weight` keeps,
/// for a mask that depends on the sample. The mask must keep the largest score, or the sum may underflow; top_k's does.
NodeId masked_softmax(Graph& graph, NodeId scores, std::size_t axis, NodeId weight);

}  // namespace invar
