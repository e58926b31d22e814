#include "tensor/patterns.h"

#include <algorithm>

#include "tensor/rebuild.h"

namespace invar {
namespace {

using Labels = std::vector<Label>;
/// A pattern in terms of a product's labels.
struct LabelPattern {
  NodeId mask;
  Labels labels;
};

std::optional<std::size_t> only_axis(const Labels& labels, Label label) {
  if (std::count(labels.begin(), labels.end(), label) != 1) return std::nullopt;
  return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}

std::optional<Pattern> on_axes(const Labels& labels, const LabelPattern& pattern) {
  Pattern result{pattern.mask, {}};
  for (const Label label : pattern.labels) {
    const auto axis = only_axis(labels, label);
    if (!axis) return std::nullopt;
    result.axes.push_back(*axis);
  }
  return result;
}

std::optional<LabelPattern> on_labels(const Labels& labels, const std::optional<Pattern>& pattern) {
  if (!pattern) return std::nullopt;
  LabelPattern result{pattern->mask, {}};
  for (const std::size_t axis : pattern->axes) result.labels.push_back(labels[axis]);
  return result;
}

class Search {
 public:
  Search(const Graph& graph, const std::vector<Request>& requests, const PatternSource& source)
      : graph_(graph),
        source_(source),
        needed_(needed_nodes(graph, requests)),
        everywhere_(static_cast<std::size_t>(graph.size()), 0),
        found_{Patterns::List(static_cast<std::size_t>(graph.size())),
               Patterns::List(static_cast<std::size_t>(graph.size()))} {
    for (NodeId id = 0; id < graph_.size(); ++id)
      if (needed(id) && !graph_[id].batched) found_.zero[at(id)] = zero(id);
    for (const Request& request : requests)
      if (request.node != kNoNode) everywhere_[at(request.node)] = 1;
    for (NodeId id = graph_.size() - 1; id >= 0; --id)
      if (needed(id))
        for (std::size_t i = 0; i < graph_[id].operands.size(); ++i) want(graph_[id].operands[i].node, read(id, i));
  }

  Patterns take() { return std::move(found_); }

 private:
  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }
  bool needed(NodeId id) const { return needed_[at(id)] != 0; }

  std::optional<Pattern> zero(NodeId id) const {
    const Node& node = graph_[id];
    if (node.op == Op::softmax || node.op == Op::top_k) return source_(id);
    if (node.op == Op::contract) {
      for (const Operand& operand : node.operands)
        if (const auto labels = on_labels(operand.labels, found_.zero[at(operand.node)]))
          if (const auto axes = on_axes(node.labels, *labels)) return axes;
      return std::nullopt;
    }
    if (node.op != Op::combine || node.coefficients.back() != 0.0) return std::nullopt;
    std::optional<Pattern> all;
    for (const Operand& operand : node.operands) {
      const auto labels = on_labels(operand.labels, found_.zero[at(operand.node)]);
      const auto axes = labels ? on_axes(node.labels, *labels) : std::nullopt;
      if (!axes || (all && all != axes)) return std::nullopt;
      all = axes;
    }
    return all;
  }

  /// Where a node looks at its operand i.
  std::optional<Pattern> read(NodeId id, std::size_t i) const {
    const Node& node = graph_[id];
    if (node.batched || graph_[node.operands[i].node].batched) return std::nullopt;
    if (node.op == Op::softmax && i == 0) return source_(id);
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

  std::optional<Pattern> wanted(NodeId id) const { return everywhere_[at(id)] ? std::nullopt : found_.wanted[at(id)]; }

  /// All readers must agree. Nodes come after all that read them, so what is wanted of them is known in full.
  void want(NodeId id, const std::optional<Pattern>& pattern) {
    std::optional<Pattern>& wanted = found_.wanted[at(id)];
    if (!pattern || (wanted && wanted != pattern)) everywhere_[at(id)] = 1;
    wanted = everywhere_[at(id)] ? std::nullopt : pattern;
  }

  const Graph& graph_;
  const PatternSource& source_;
  std::vector<char> needed_, everywhere_;
  Patterns found_;
};

}  // namespace

Patterns find_patterns(const Graph& graph, const std::vector<Request>& requests, const PatternSource& source) {
  return Search(graph, requests, source).take();
}

}  // namespace invar
