#include "tensor/triangles.h"

namespace invar {
namespace {

/// Of a 0/1 mask that is 1 exactly where one index is at most another; axes count from the scores' first.
std::optional<Pattern> triangle_of_mask(const Node& mask, std::size_t rank) {
  const Shape& shape = mask.shape;
  const auto is = [&](std::size_t low, std::size_t high) {
    std::vector<Index> at(shape.size(), 0);
    for (const double value : *mask.values) {
      if ((value != 0.0) != (at[low] <= at[high])) return false;
      for (std::size_t axis = shape.size(); axis-- > 0 && ++at[axis] == shape[axis];) at[axis] = 0;
    }
    return true;
  };
  for (std::size_t low = 0; low < shape.size(); ++low)
    for (std::size_t high = 0; high < shape.size(); ++high)
      if (low != high && shape[low] == shape[high] && shape[low] > 1 && is(low, high))
        return Pattern{kNoNode, {low + rank - shape.size(), high + rank - shape.size()}};
  return std::nullopt;
}

}  // namespace

Patterns find_triangles(const Graph& graph, const std::vector<Request>& requests) {
  return find_patterns(graph, requests, [&graph](NodeId id) -> std::optional<Pattern> {
    const Node& node = graph[id];
    if (node.op != Op::softmax || node.operands.size() != 2) return std::nullopt;
    const Node& mask = graph[node.operands[1].node];
    return mask.values ? triangle_of_mask(mask, node.shape.size()) : std::nullopt;
  });
}

}  // namespace invar
