#include "tensor/exponential_share.h"

#include <algorithm>
#include <optional>

namespace invar {
namespace {

/// 1 / (factor Σ over one axis of `summed`).
struct Divisor {
  NodeId summed = kNoNode;
  std::size_t axis = 0;
  std::vector<std::size_t> kept;  // the axis of `summed` behind each axis of the divisor
  Number factor = 1.0;
};

std::optional<Divisor> as_divisor(const Graph& graph, NodeId id) {
  if (graph[id].op != Op::apply || graph[id].function != Function::reciprocal) return std::nullopt;
  NodeId at = graph[id].operands[0].node;
  Number factor = 1.0;
  const auto is_multiple = [&] {
    const Node& node = graph[at];
    return node.op == Op::contract && node.operands.size() == 1 && node.operands[0].labels == node.labels &&
           graph[node.operands[0].node].batched == node.batched;
  };
  for (; is_multiple(); at = graph[at].operands[0].node) factor *= graph[at].coefficients[0];
  const Node& sum = graph[at];
  if (sum.op != Op::contract || sum.operands.size() != 1) return std::nullopt;
  const Operand& all = sum.operands[0];
  if (all.labels.size() != sum.labels.size() + 1 || sum.batched != graph[all.node].batched) return std::nullopt;
  factor *= sum.coefficients[0];
  Divisor result{.summed = all.node, .kept = {}, .factor = factor};
  std::vector<bool> stays(all.labels.size());
  for (const Label label : sum.labels) {
    const auto axis = static_cast<std::size_t>(std::ranges::find(all.labels, label) - all.labels.begin());
    if (axis == all.labels.size() || stays[axis]) return std::nullopt;
    stays[axis] = true;
    result.kept.push_back(axis);
  }
  result.axis = static_cast<std::size_t>(std::ranges::find(stays, false) - stays.begin());
  // else a diagonal
  return std::ranges::count(all.labels, all.labels[result.axis]) == 1 ? std::optional(result) : std::nullopt;
}

/// log x; kNoNode where x is not the exponential of something known.
NodeId logarithm(Graph& graph, NodeId x) {
  if (graph[x].op != Op::apply) return kNoNode;
  const NodeId s = graph[x].operands[0].node;
  if (graph[x].function == Function::exp) return s;
  if (graph[x].function != Function::sigmoid) return kNoNode;
  return graph.scale(graph.apply(Function::softplus, graph.scale(s, -1.0)), -1.0);
}

/// The shares of x along an axis.
NodeId shares(Graph& graph, NodeId x, std::size_t axis) {
  const auto softmax = [&](NodeId one, NodeId mask) {
    const NodeId scores = logarithm(graph, one);
    return scores == kNoNode ? kNoNode : graph.softmax(scores, static_cast<Index>(axis), mask);
  };
  const Node product = graph[x];  // a copy: the graph grows
  if (product.op != Op::contract) return softmax(x, kNoNode);
  if (product.operands.size() != 2) return kNoNode;
  for (std::size_t i = 0; i < 2; ++i) {
    const Operand &mask = product.operands[i], &other = product.operands[1 - i];
    const bool entrywise = mask.labels == product.labels && other.labels == product.labels;
    if (!entrywise || graph[mask.node].op != Op::top_k || graph[mask.node].batched != graph[other.node].batched)
      continue;
    return softmax(other.node, mask.node);
  }
  return kNoNode;
}

}  // namespace

Number join_shares(Graph& graph, std::vector<Operand>& factors) {
  Number scale = 1.0;
  for (std::size_t i = 0; i < factors.size();) {
    const std::optional<Divisor> divisor = as_divisor(graph, factors[i].node);
    const auto belongs = [&](const Operand& factor) {
      if (factor.node != divisor->summed) return false;
      for (std::size_t axis = 0; axis < divisor->kept.size(); ++axis)
        if (factor.labels[divisor->kept[axis]] != factors[i].labels[axis]) return false;
      // the summed index may stand nowhere else in x: x_ee / Σ_f x_ef is no share
      return std::ranges::count(factor.labels, factor.labels[divisor->axis]) == 1;
    };
    const auto numerator = divisor ? std::ranges::find_if(factors, belongs) : factors.end();
    const NodeId node = numerator == factors.end() ? kNoNode : shares(graph, divisor->summed, divisor->axis);
    if (node == kNoNode) {
      ++i;
      continue;
    }
    numerator->node = node;
    scale *= divisor->factor.inverse();
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return scale;
}

}  // namespace invar
