// Reverse mode by transposition: linearise the scalar along placeholder tangents, then walk the linear part backwards.
#include <algorithm>
#include <cassert>
#include <map>
#include <stdexcept>

#include "tensor/derivative.h"

namespace invar {
namespace {

constexpr int kPlaceholderSlot = -1;

class Transposition {
 public:
  Transposition(Graph& graph, NodeId top) : graph_(graph), linear_(static_cast<std::size_t>(graph.size()), 0) {
    for (NodeId id = 0; id <= top; ++id) {
      const Node& node = graph_[id];
      bool linear = node.op == Op::variable && node.slot == kPlaceholderSlot;
      for (const Operand& operand : node.operands) linear = linear || linear_[static_cast<std::size_t>(operand.node)];
      linear_[static_cast<std::size_t>(id)] = linear;
    }
    cotangents_[top].push_back(graph_.scalar(1.0));
    for (NodeId id = top; id >= 0; --id) {
      const auto found = cotangents_.find(id);
      if (found == cotangents_.end()) continue;
      const NodeId total = sum(found->second, id);
      found->second = {total};
      spread(id, total);
    }
  }

  NodeId cotangent(NodeId id) const {
    const auto found = cotangents_.find(id);
    return found == cotangents_.end() ? kNoNode : found->second.front();
  }

 private:
  bool linear(NodeId id) const { return linear_[static_cast<std::size_t>(id)] != 0; }

  NodeId sum(const std::vector<NodeId>& parts, NodeId like) {
    if (parts.size() == 1) return parts.front();
    std::vector<Operand> operands;
    for (const NodeId part : parts) operands.push_back(graph_.whole(part));
    return graph_.combine(operands, std::vector<Number>(parts.size(), 1.0), graph_.whole(like).labels,
                          graph_[like].shape);
  }

  void spread(NodeId id, NodeId cotangent) {
    const Node node = graph_[id];
    switch (node.op) {
      case Op::contract:
        for (std::size_t i = 0; i < node.operands.size(); ++i)
          if (linear(node.operands[i].node)) spread_product(node, i, cotangent);
        break;
      case Op::combine:
        for (std::size_t i = 0; i < node.operands.size(); ++i) {
          const Operand& operand = node.operands[i];
          if (!linear(operand.node)) continue;
          const bool sum_samples = graph_[cotangent].batched && !graph_[operand.node].batched;
          pass(operand.node, graph_.contract({{cotangent, node.labels}}, operand.labels, graph_[operand.node].shape,
                                             node.coefficients[i], sum_samples));
        }
        break;
      case Op::reshape:
        pass(node.operands[0].node, graph_.reshape(cotangent, graph_[node.operands[0].node].shape));
        break;
      case Op::variable:
        break;
      default:
        throw std::logic_error("transposition met a node that is not linear");
    }
  }

  // out = s Σ a b, linear in a: a's cotangent is s Σ out' b over everything that a lacks.
  void spread_product(const Node& node, std::size_t i, NodeId cotangent) {
    const Operand& target = node.operands[i];
    const Node to = graph_[target.node];
    std::vector<Operand> operands{{cotangent, node.labels}};
    if (node.operands.size() == 2) operands.push_back(node.operands[1 - i]);
    bool batched = false;
    for (const Operand& operand : operands) batched = batched || graph_[operand.node].batched;
    const bool sum_samples = batched && !to.batched;

    // A diagonal of `a` (a label twice) comes back through a Kronecker delta for each repetition.
    std::vector<Label> labels = target.labels;
    std::vector<std::pair<Label, Label>> repeated;
    Label next = 0;
    for (const Operand& operand : node.operands)
      for (const Label label : operand.labels) next = std::max<Label>(next, label);
    for (const Label label : node.labels) next = std::max<Label>(next, label);
    for (std::size_t axis = 0; axis < labels.size(); ++axis) {
      if (std::find(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(axis), labels[axis]) ==
          labels.begin() + static_cast<std::ptrdiff_t>(axis))
        continue;
      repeated.emplace_back(labels[axis], ++next);
      labels[axis] = next;
    }
    if (repeated.empty()) {
      pass(target.node, graph_.contract(operands, labels, to.shape, node.coefficients[0], sum_samples));
      return;
    }
    std::vector<Label> plain;
    Shape plain_shape;
    for (std::size_t axis = 0; axis < target.labels.size(); ++axis) {
      if (std::find(plain.begin(), plain.end(), target.labels[axis]) != plain.end()) continue;
      plain.push_back(target.labels[axis]);
      plain_shape.push_back(to.shape[axis]);
    }
    NodeId part = graph_.contract(operands, plain, plain_shape, node.coefficients[0], sum_samples);
    for (const auto& [original, copy] : repeated) {
      const auto position = std::find(plain.begin(), plain.end(), original) - plain.begin();
      const Index extent = plain_shape[static_cast<std::size_t>(position)];
      std::vector<double> identity(static_cast<std::size_t>(extent * extent), 0.0);
      for (Index k = 0; k < extent; ++k) identity[static_cast<std::size_t>(k * extent + k)] = 1.0;
      const NodeId delta = graph_.constant({extent, extent}, std::move(identity));
      const std::vector<Label> before = plain;
      plain.push_back(copy);
      plain_shape.push_back(extent);
      part = graph_.contract({{part, before}, {delta, {original, copy}}}, plain, plain_shape);
    }
    pass(target.node, graph_.contract({{part, plain}}, labels, to.shape));
  }

  void pass(NodeId to, NodeId cotangent) {
    // A cotangent without the sample axis would stand for one sample where all are meant.
    if (graph_[to].batched && !graph_[cotangent].batched)
      throw std::logic_error("a sum over samples carries no weight");
    cotangents_[to].push_back(cotangent);
  }

  Graph& graph_;
  std::vector<char> linear_;
  std::map<NodeId, std::vector<NodeId>> cotangents_;
};

// With placeholders that are batched, each sample moves a copy of the parameters of its own.
std::vector<NodeId> transposed(Graph& graph, NodeId scalar, std::span<const NodeId> wrt, bool each_sample) {
  assert(graph[scalar].shape.empty() && !graph[scalar].batched);
  std::vector<NodeId> placeholders;
  for (const NodeId id : wrt) {
    const Node& node = graph[id];
    const Tensor tensor{node.name, node.shape, node.offset, extent_product(node.shape)};
    placeholders.push_back(graph.variable(tensor, kPlaceholderSlot, each_sample));
  }
  const NodeId moved = forward_derivative(graph, std::span(&scalar, 1), wrt, placeholders).front();
  std::vector<NodeId> result(wrt.size(), kNoNode);
  if (moved == kNoNode) return result;
  const Transposition transposition(graph, moved);
  for (std::size_t i = 0; i < wrt.size(); ++i) result[i] = transposition.cotangent(placeholders[i]);
  return result;
}

}  // namespace

std::vector<NodeId> gradient(Graph& graph, NodeId scalar, std::span<const NodeId> wrt) {
  return transposed(graph, scalar, wrt, false);
}

std::vector<NodeId> sample_gradients(Graph& graph, NodeId scalar, std::span<const NodeId> wrt) {
  return transposed(graph, scalar, wrt, true);
}

}  // namespace invar
