#include "tensor/axis_choice.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "tensor/plan_order.h"
#include "tensor/product_cost.h"
#include "tensor/rebuild.h"

namespace invar {
namespace {

constexpr Index kShortRun = 16;       // elements: shorter runs are gathered one by one
constexpr std::size_t kMostAxes = 6;  // of more, no permutation is tried
constexpr int kRounds = 2;

AxisMap plain_order(const Node& node) {
  AxisMap result(node.shape.size());
  std::iota(result.begin(), result.end(), 0);
  return result;
}

/// The output's axis for each of an operand's; one that is summed stands for one that the operand lacks.
AxisMap matched(const std::vector<Label>& from, const std::vector<Label>& out) {
  AxisMap result;
  std::size_t spare = 0;
  for (const Label label : from) {
    auto found = std::find(out.begin(), out.end(), label);
    if (found == out.end()) {
      while (std::find(from.begin(), from.end(), out[spare]) != from.end()) ++spare;
      found = out.begin() + static_cast<std::ptrdiff_t>(spare++);
    }
    result.push_back(static_cast<int>(found - out.begin()));
  }
  return result;
}

/// Elements over which the operand lies as the output does, or is one number.
Index inner_run(const LabelledShape& from, const LabelledShape& out) {
  Index run = 1;
  std::size_t a = from.labels.size(), b = out.labels.size();
  const auto has = [&from](Label label) {
    return std::find(from.labels.begin(), from.labels.end(), label) != from.labels.end();
  };
  const bool constant = b > 0 && !has(out.labels[b - 1]);
  while (b > 0) {
    if (constant ? has(out.labels[b - 1]) : a == 0 || from.labels[a - 1] != out.labels[b - 1]) break;
    run *= out.shape[--b];
    if (!constant) --a;
  }
  return run;
}

}  // namespace

AxisChoice::AxisChoice(const Graph& graph, const std::vector<Request>& requests)
    : graph_(graph), needed_(needed_nodes(graph, requests)), classes_(graph.size()) {
  for (const Request& request : requests)
    if (request.node != kNoNode) pinned_.insert(request.node);
  form_classes();
  for (int round = 0; round < kRounds; ++round)
    for (const auto& [root, members] : members_) improve(root, members);
}

AxisMap AxisChoice::order(NodeId id) const {
  AxisMap result(graph_[id].shape.size());
  std::iota(result.begin(), result.end(), 0);
  const auto found = orders_.find(classes_.class_of(id));
  if (is_leaf(id) || found == orders_.end()) return result;
  const AxisMap& own = classes_.map_of(id);
  for (std::size_t p = 0; p < result.size(); ++p)
    result[p] = static_cast<int>(std::find(own.begin(), own.end(), found->second[p]) - own.begin());
  return result;
}

bool AxisChoice::pointwise(NodeId id) const {
  return is_elementwise(graph_, id) || is_short_sum(graph_, id);
}

void AxisChoice::form_classes() {
  for (NodeId id = 0; id < graph_.size(); ++id)
    if (needed_[static_cast<std::size_t>(id)]) classes_.add(id, graph_[id].shape.size());
  for (NodeId id = 0; id < graph_.size(); ++id) {
    if (!needed_[static_cast<std::size_t>(id)] || is_leaf(id)) continue;
    const Node& node = graph_[id];
    if (node.op == Op::one_hot) {
      pinned_.insert(id);
      continue;
    }
    if (node.op == Op::reshape || node.op == Op::routes) {
      pinned_.insert(id);
      pinned_.insert(node.operands[0].node);
      continue;
    }
    const bool by_labels = node.op == Op::contract || node.op == Op::combine;
    if ((by_labels && !pointwise(id)) || node.op == Op::log_sum_exp) continue;
    for (const Operand& operand : node.operands) {
      if (is_leaf(operand.node) || graph_[operand.node].shape.size() != node.shape.size()) continue;
      classes_.join(operand.node, id, by_labels ? matched(operand.labels, node.labels) : plain_order(node));
    }
  }
  for (NodeId id = 0; id < graph_.size(); ++id)
    if (needed_[static_cast<std::size_t>(id)] && !is_leaf(id)) members_[classes_.class_of(id)].push_back(id);
  for (const NodeId id : pinned_)
    if (!is_leaf(id)) orders_.try_emplace(classes_.class_of(id), classes_.map_of(id));
  for (const auto& [root, order] : orders_) fixed_.insert(root);
  for (NodeId id = 0; id < graph_.size(); ++id) {
    if (!needed_[static_cast<std::size_t>(id)] || is_leaf(id)) continue;
    touching_[classes_.class_of(id)].insert(id);
    for (const Operand& operand : graph_[id].operands)
      if (!is_leaf(operand.node)) touching_[classes_.class_of(operand.node)].insert(id);
  }
}

void AxisChoice::improve(NodeId root, const std::vector<NodeId>& members) {
  const std::size_t rank = graph_[members.front()].shape.size();
  if (fixed_.contains(root) || rank < 2 || rank > kMostAxes) return;
  AxisMap trial(rank);
  std::iota(trial.begin(), trial.end(), 0);
  AxisMap best = orders_.try_emplace(root, trial).first->second;
  double least = cost(root);
  do {
    orders_[root] = trial;
    if (const double found = cost(root); found < least) {
      least = found;
      best = trial;
    }
  } while (std::next_permutation(trial.begin(), trial.end()));
  orders_[root] = best;
}

double AxisChoice::cost(NodeId root) const {
  double total = 0.0;
  for (const NodeId id : touching_.at(root)) total += node_cost(id);
  return total;
}

LabelledShape AxisChoice::lying(NodeId id, const std::vector<Label>& labels) const {
  LabelledShape result;
  for (const int axis : order(id)) {
    result.shape.push_back(graph_[id].shape[static_cast<std::size_t>(axis)]);
    result.labels.push_back(labels[static_cast<std::size_t>(axis)]);
  }
  return result;
}

double AxisChoice::node_cost(NodeId id) const {
  const Node& node = graph_[id];
  const auto elements = static_cast<double>(extent_product(node.shape));
  if (node.op == Op::contract || node.op == Op::combine) {
    const LabelledShape out = lying(id, node.labels);
    if (one_hot_operand(graph_, id) >= 0) return elements * kCopyNanoseconds;
    if (!pointwise(id)) {
      const auto use = [&](std::size_t i) { return lying(node.operands[i].node, node.operands[i].labels); };
      if (node.operands.size() == 1) return product_nanoseconds(product_loops(std::nullopt, use(0), out));
      if (node.operands.size() == 3) {
        const bool first = rows_of_stretches(node) == 0;
        return product_nanoseconds(
            stretched_loops(use(first ? 0 : 1), use(first ? 1 : 0), out, node.operands[2].labels));
      }
      return product_nanoseconds(product_loops(use(0), use(1), out));
    }
    double total = 0.0;
    for (const Operand& operand : node.operands) {
      const LabelledShape from = lying(operand.node, operand.labels);
      if (from.labels == out.labels || graph_[operand.node].op == Op::constant) continue;
      total += elements * (inner_run(from, out) >= kShortRun ? kCopyNanoseconds : kStridedNanoseconds);
    }
    return total;
  }
  if (node.op == Op::reshape || node.op == Op::one_hot || node.op == Op::routes || node.operands.empty()) return 0.0;
  // Rows are fastest where they lie side by side.
  const NodeId scores = node.operands[0].node;
  const AxisMap from = order(scores);
  double total = node.op == Op::apply || from.back() == static_cast<int>(node.axis)
                     ? 0.0
                     : static_cast<double>(extent_product(graph_[scores].shape)) * kStridedNanoseconds;
  if (node.op == Op::log_sum_exp) return total;
  for (const Operand& operand : node.operands)
    if (!is_leaf(operand.node) && order(operand.node) != order(id)) total += elements * kStridedNanoseconds;
  return total;
}

}  // namespace invar
