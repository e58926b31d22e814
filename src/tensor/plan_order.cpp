#include "tensor/plan_order.h"

#include <algorithm>
#include <map>

namespace invar {
namespace {

// Longer programs keep more tiles alive than the first cache level holds.
constexpr std::size_t kLongestProgram = 32;
constexpr Index kShortSum = 4;

}  // namespace

NodeId storage_root(const Graph& graph, NodeId id) {
  while (graph[id].op == Op::reshape) id = graph[id].operands[0].node;
  return id;
}

bool is_elementwise(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op == Op::combine || node.op == Op::apply) {
    for (const Operand& operand : node.operands)  // the sum over samples of a cotangent is a contraction, never these
      if (graph[operand.node].batched && !node.batched) return false;
    return true;
  }
  if (node.op != Op::contract || node.operands.size() == 3 || one_hot_operand(graph, id) >= 0) return false;
  for (const Operand& operand : node.operands) {
    if (graph[operand.node].batched && !node.batched) return false;
    for (std::size_t i = 0; i < operand.labels.size(); ++i) {
      if (std::find(node.labels.begin(), node.labels.end(), operand.labels[i]) == node.labels.end()) return false;
      for (std::size_t j = 0; j < i; ++j)
        if (operand.labels[i] == operand.labels[j]) return false;
    }
  }
  return true;
}

bool is_short_sum(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op != Op::contract || node.operands.size() != 2) return false;
  if (is_elementwise(graph, id) || one_hot_operand(graph, id) >= 0) return false;
  std::map<Label, Index> summed;
  for (const Operand& operand : node.operands) {
    if (graph[operand.node].batched) return false;
    for (std::size_t i = 0; i < operand.labels.size(); ++i) {
      const Label label = operand.labels[i];
      if (std::count(operand.labels.begin(), operand.labels.end(), label) > 1) return false;
      if (std::find(node.labels.begin(), node.labels.end(), label) == node.labels.end())
        summed[label] = graph[operand.node].shape[i];
    }
  }
  Index terms = 1;
  for (const auto& [label, extent] : summed) terms *= extent;
  return terms <= kShortSum;
}

bool reads_in_order(const Graph& graph, NodeId id, std::size_t i) {
  const Node& node = graph[id];
  const Operand& operand = node.operands[i];
  if (graph[operand.node].batched != node.batched || is_short_sum(graph, id)) return false;
  return node.op == Op::apply || operand.labels == node.labels;
}

int one_hot_operand(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op != Op::contract || node.operands.size() != 2) return -1;
  for (int i = 0; i < 2; ++i) {
    const Operand& operand = node.operands[static_cast<std::size_t>(i)];
    if (graph[operand.node].op != Op::one_hot) continue;
    std::vector<Label> labels = operand.labels;
    std::sort(labels.begin(), labels.end());
    if (std::adjacent_find(labels.begin(), labels.end()) == labels.end()) return i;
  }
  return -1;
}

std::vector<NodeId> read_by(const Graph& graph, NodeId id) {
  std::vector<NodeId> nodes;
  for (const Operand& operand : graph[id].operands) nodes.push_back(operand.node);
  if (const int chosen = one_hot_operand(graph, id); chosen >= 0) {
    NodeId& one = nodes[static_cast<std::size_t>(chosen)];
    one = graph[one].operands[0].node;
  }
  if (graph[id].op == Op::contract && nodes.size() == 3) nodes[2] = graph[nodes[2]].operands[0].node;
  return nodes;
}

KernelOrder order_kernels(const Graph& graph, const std::vector<NodeId>& outputs) {
  KernelOrder result;
  result.needed.assign(static_cast<std::size_t>(graph.size()), 0);
  for (const NodeId id : outputs) result.needed[static_cast<std::size_t>(id)] = 1;
  for (NodeId id = graph.size() - 1; id >= 0; --id)
    if (result.needed[static_cast<std::size_t>(id)])
      for (const NodeId source : read_by(graph, id)) result.needed[static_cast<std::size_t>(source)] = 1;

  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph[id];
    if (!result.needed[static_cast<std::size_t>(id)] || node.operands.empty() || node.op == Op::reshape) continue;
    const bool elementwise = is_elementwise(graph, id) || is_short_sum(graph, id);
    const Index elements = extent_product(node.shape);

    // The first step whose results and predecessors cover every operand. A step may use its own results only in order.
    int earliest = 0;
    const std::vector<NodeId> sources = read_by(graph, id);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto from = result.step_of.find(storage_root(graph, sources[i]));
      if (from == result.step_of.end()) continue;
      const bool joins =
          elementwise && result.steps[static_cast<std::size_t>(from->second)].pointwise && reads_in_order(graph, id, i);
      earliest = std::max(earliest, joins ? from->second : from->second + 1);
    }
    int chosen = -1;
    for (int s = earliest; elementwise && s < static_cast<int>(result.steps.size()); ++s) {
      const FusedStep& step = result.steps[static_cast<std::size_t>(s)];
      if (!step.pointwise || step.nodes.size() >= kLongestProgram) continue;
      const Node& member = graph[step.nodes.front()];
      if (member.batched == node.batched && extent_product(member.shape) == elements) {
        chosen = s;
        break;
      }
    }
    if (chosen < 0) {
      chosen = static_cast<int>(result.steps.size());
      result.steps.push_back({elementwise, {}});
    }
    result.steps[static_cast<std::size_t>(chosen)].nodes.push_back(id);
    result.step_of[id] = chosen;
  }
  return result;
}

}  // namespace invar
