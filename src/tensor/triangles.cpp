#include "tensor/triangles.h"

#include <algorithm>

#include "tensor/rebuild.h"

namespace invar {
namespace {

using Labels = std::vector<Label>;
struct LabelTriangle {
  Label low, high;
};

std::optional<std::size_t> only_axis(const Labels& labels, Label label) {
  if (std::count(labels.begin(), labels.end(), label) != 1) return std::nullopt;
  return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}

std::optional<Triangle> on_axes(const Labels& labels, LabelTriangle triangle) {
  const auto low = only_axis(labels, triangle.low), high = only_axis(labels, triangle.high);
  if (!low || !high) return std::nullopt;
  return Triangle{*low, *high};
}

std::optional<LabelTriangle> on_labels(const Labels& labels, const std::optional<Triangle>& triangle) {
  if (!triangle) return std::nullopt;
  return LabelTriangle{labels[triangle->low], labels[triangle->high]};
}

/// Of a 0/1 mask that is 1 exactly where one index is at most another; axes count from the scores' first.
std::optional<Triangle> triangle_of_mask(const Node& mask, std::size_t rank) {
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
        return Triangle{low + rank - shape.size(), high + rank - shape.size()};
  return std::nullopt;
}

std::optional<Triangle> masked(const Graph& graph, const Node& node) {
  if (node.op != Op::softmax || node.operands.size() != 2) return std::nullopt;
  const Node& mask = graph[node.operands[1].node];
  return mask.values ? triangle_of_mask(mask, node.shape.size()) : std::nullopt;
}

class Search {
 public:
  Search(const Graph& graph, const std::vector<Request>& requests)
      : graph_(graph),
        needed_(needed_nodes(graph, requests)),
        everywhere_(static_cast<std::size_t>(graph.size()), 0),
        found_{std::vector<std::optional<Triangle>>(static_cast<std::size_t>(graph.size())),
               std::vector<std::optional<Triangle>>(static_cast<std::size_t>(graph.size()))} {
    for (NodeId id = 0; id < graph_.size(); ++id)
      if (needed(id) && !graph_[id].batched) found_.zero[at(id)] = zero(graph_[id]);
    for (const Request& request : requests)
      if (request.node != kNoNode) everywhere_[at(request.node)] = 1;
    for (NodeId id = graph_.size() - 1; id >= 0; --id)
      if (needed(id))
        for (std::size_t i = 0; i < graph_[id].operands.size(); ++i) want(graph_[id].operands[i].node, read(id, i));
  }

  Triangles take() { return std::move(found_); }

 private:
  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }
  bool needed(NodeId id) const { return needed_[at(id)] != 0; }

  std::optional<Triangle> zero(const Node& node) const {
    if (node.op == Op::softmax) return masked(graph_, node);
    if (node.op == Op::contract) {
      for (const Operand& operand : node.operands)
        if (const auto labels = on_labels(operand.labels, found_.zero[at(operand.node)]))
          if (const auto axes = on_axes(node.labels, *labels)) return axes;
      return std::nullopt;
    }
    if (node.op != Op::combine || node.coefficients.back() != 0.0) return std::nullopt;
    std::optional<Triangle> all;
    for (const Operand& operand : node.operands) {
      const auto labels = on_labels(operand.labels, found_.zero[at(operand.node)]);
      const auto axes = labels ? on_axes(node.labels, *labels) : std::nullopt;
      if (!axes || (all && all != axes)) return std::nullopt;
      all = axes;
    }
    return all;
  }

  /// Where a node looks at its operand i.
  std::optional<Triangle> read(NodeId id, std::size_t i) const {
    const Node& node = graph_[id];
    if (node.batched || graph_[node.operands[i].node].batched) return std::nullopt;
    if (node.op == Op::softmax && i == 0) return masked(graph_, node);
    if (node.op == Op::apply) return wanted(id);
    if (node.op != Op::contract && node.op != Op::combine) return std::nullopt;
    const Labels& labels = node.operands[i].labels;
    if (node.op == Op::contract && node.operands.size() == 2) {
      const Operand& other = node.operands[1 - i];
      if (const auto zero = on_labels(other.labels, found_.zero[at(other.node)]))
        if (const auto axes = on_axes(labels, *zero)) return axes;
    }
    const auto result = on_labels(node.labels, wanted(id));
    return result ? on_axes(labels, *result) : std::nullopt;
  }

  std::optional<Triangle> wanted(NodeId id) const { return everywhere_[at(id)] ? std::nullopt : found_.wanted[at(id)]; }

  /// All readers must agree. Nodes come after all that read them, so what is wanted of them is known in full.
  void want(NodeId id, const std::optional<Triangle>& triangle) {
    std::optional<Triangle>& wanted = found_.wanted[at(id)];
    if (!triangle || (wanted && wanted != triangle)) everywhere_[at(id)] = 1;
    wanted = everywhere_[at(id)] ? std::nullopt : triangle;
  }

  const Graph& graph_;
  std::vector<char> needed_, everywhere_;
  Triangles found_;
};

}  // namespace

Triangles find_triangles(const Graph& graph, const std::vector<Request>& requests) {
  return Search(graph, requests).take();
}

}  // namespace invar
