#include <cassert>
#include <set>
#include <unordered_map>

#include "tensor/derivative.h"
#include "tensor/derivative_rules.h"

namespace invar {
namespace {

// Labels of a node's axes without one of them: the operand of a contraction over that axis.
std::vector<Label> labels_without(const Operand& whole, Index axis) {
  std::vector<Label> labels = whole.labels;
  labels.erase(labels.begin() + axis);
  return labels;
}

class Linearisation {
 public:
  Linearisation(Graph& graph, std::span<const NodeId> wrt, std::span<const NodeId> tangents) : graph_(graph) {
    for (std::size_t i = 0; i < wrt.size(); ++i)
      if (tangents[i] != kNoNode) tangent_.emplace(wrt[i], tangents[i]);
  }

  NodeId of(NodeId output) {
    // What it depends on and is not known yet, in the order of the ids: operands have smaller ones.
    std::vector<NodeId> open{output};
    std::set<NodeId> needed;
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      if (tangent_.contains(id) || !needed.insert(id).second) continue;
      for (const Operand& operand : graph_[id].operands) open.push_back(operand.node);
    }
    for (const NodeId id : needed) tangent_.emplace(id, rule(id));
    return tangent_.at(output);
  }

 private:
  NodeId tangent_of(NodeId id) const {
    const auto found = tangent_.find(id);
    return found == tangent_.end() ? kNoNode : found->second;
  }

  NodeId rule(NodeId id) {
    const Node node = graph_[id];  // a copy: new nodes move the graph's storage
    if (node.operands.empty()) return kNoNode;
    const NodeId first = tangent_of(node.operands[0].node);
    switch (node.op) {
      case Op::contract:
        return product_rule(node);
      case Op::combine:
        return sum_rule(node);
      case Op::apply: {
        if (first == kNoNode) return kNoNode;
        return function_tangent(graph_, id, first);
      }
      case Op::softmax: {  // dp = p ⊙ (ds − Σ p ds)
        if (first == kNoNode) return kNoNode;
        const Operand whole = graph_.whole(id);
        const std::vector<Label> rest = labels_without(whole, node.axis);
        Shape rest_shape = node.shape;
        rest_shape.erase(rest_shape.begin() + node.axis);
        const NodeId weighted = graph_.multiply(id, first);
        const NodeId mean = graph_.contract({graph_.whole(weighted)}, rest, rest_shape);
        const NodeId centre = graph_.contract({whole, {mean, rest}}, whole.labels, node.shape);
        return graph_.combine({graph_.whole(weighted), graph_.whole(centre)}, {1.0, -1.0}, whole.labels, node.shape);
      }
      case Op::log_sum_exp: {
        if (first == kNoNode) return kNoNode;
        const NodeId p = graph_.softmax(node.operands[0].node, node.axis);
        return graph_.contract({graph_.whole(p), graph_.whole(first)}, labels_without(graph_.whole(p), node.axis),
                               node.shape);
      }
      case Op::reshape:
        return first == kNoNode ? kNoNode : graph_.reshape(first, node.shape);
      case Op::top_k:
      case Op::one_hot:
      case Op::routes:
      case Op::variable:
      case Op::sample:
      case Op::constant:
        return kNoNode;
    }
    return kNoNode;
  }

  NodeId product_rule(const Node& node) {
    bool operands_batched = false;
    for (const Operand& operand : node.operands) operands_batched = operands_batched || graph_[operand.node].batched;
    const bool sums_samples = operands_batched && !node.batched;
    NodeId total = kNoNode;
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      const NodeId tangent = tangent_of(node.operands[i].node);
      if (tangent == kNoNode) continue;
      std::vector<Operand> operands = node.operands;
      operands[i].node = tangent;
      total = graph_.add(total, graph_.contract(operands, node.labels, node.shape, node.coefficients[0], sums_samples));
    }
    return total;
  }

  NodeId sum_rule(const Node& node) {
    std::vector<Operand> operands;
    std::vector<Number> coefficients;
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      const NodeId tangent = tangent_of(node.operands[i].node);
      if (tangent == kNoNode) continue;
      operands.push_back({tangent, node.operands[i].labels});
      coefficients.push_back(node.coefficients[i]);
    }
    if (operands.empty()) return kNoNode;
    return graph_.combine(operands, coefficients, node.labels, node.shape);
  }

  Graph& graph_;
  std::unordered_map<NodeId, NodeId> tangent_;
};

}  // namespace

std::vector<NodeId> forward_derivative(Graph& graph, std::span<const NodeId> outputs, std::span<const NodeId> wrt,
                                       std::span<const NodeId> tangents) {
  assert(wrt.size() == tangents.size());
  Linearisation linearisation(graph, wrt, tangents);
  std::vector<NodeId> result;
  for (const NodeId output : outputs) result.push_back(output == kNoNode ? kNoNode : linearisation.of(output));
  return result;
}

}  // namespace invar
