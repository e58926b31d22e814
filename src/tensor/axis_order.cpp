// Orders are chosen class by class, by trying every permutation under a cost model of the kernels that touch the class,
// all other classes staying as they are; a second round lets early classes see what later ones chose.
#include "tensor/axis_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "tensor/axis_classes.h"
#include "tensor/plan_order.h"
#include "tensor/plan_product.h"
#include "tensor/product_cost.h"
#include "tensor/rebuild.h"

namespace invar {
namespace {

constexpr Index kShortRun = 16;       // elements: shorter runs are gathered one by one
constexpr std::size_t kMostAxes = 6;  // of more, no permutation is tried
constexpr int kRounds = 2;

class Choice {
 public:
  Choice(const Graph& graph, const std::vector<Request>& requests)
      : graph_(graph), needed_(needed_nodes(graph, requests)), classes_(graph.size()) {
    for (const Request& request : requests)
      if (request.node != kNoNode) pinned_.insert(request.node);
    form_classes();
    for (int round = 0; round < kRounds; ++round)
      for (const auto& [root, members] : members_) improve(root, members);
  }

  /// Position p of the node in memory is its axis order(id)[p].
  AxisMap order(NodeId id) const {
    AxisMap result(graph_[id].shape.size());
    std::iota(result.begin(), result.end(), 0);
    const auto found = orders_.find(classes_.class_of(id));
    if (is_leaf(id) || found == orders_.end()) return result;
    const AxisMap& own = classes_.map_of(id);
    for (std::size_t p = 0; p < result.size(); ++p)
      result[p] = static_cast<int>(std::find(own.begin(), own.end(), found->second[p]) - own.begin());
    return result;
  }

 private:
  bool is_leaf(NodeId id) const { return graph_[id].operands.empty(); }

  void form_classes() {
    for (NodeId id = 0; id < graph_.size(); ++id)
      if (needed_[static_cast<std::size_t>(id)]) classes_.add(id, graph_[id].shape.size());
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!needed_[static_cast<std::size_t>(id)] || is_leaf(id)) continue;
      const Node& node = graph_[id];
      if (node.op == Op::reshape) {
        pinned_.insert(id);
        pinned_.insert(node.operands[0].node);
        continue;
      }
      const bool by_labels = node.op == Op::contract || node.op == Op::combine;
      if ((by_labels && !is_elementwise(graph_, id)) || node.op == Op::log_sum_exp) continue;
      for (const Operand& operand : node.operands) {
        if (is_leaf(operand.node) || graph_[operand.node].shape.size() != node.shape.size()) continue;
        AxisMap to(node.shape.size());
        for (std::size_t axis = 0; axis < to.size(); ++axis)
          to[axis] = by_labels
                         ? static_cast<int>(std::find(node.labels.begin(), node.labels.end(), operand.labels[axis]) -
                                            node.labels.begin())
                         : static_cast<int>(axis);
        classes_.join(operand.node, id, to);
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

  void improve(NodeId root, const std::vector<NodeId>& members) {
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

  double cost(NodeId root) const {
    double total = 0.0;
    for (const NodeId id : touching_.at(root)) total += node_cost(id);
    return total;
  }

  LabelledShape lying(NodeId id, const std::vector<Label>& labels) const {
    LabelledShape result;
    for (const int axis : order(id)) {
      result.shape.push_back(graph_[id].shape[static_cast<std::size_t>(axis)]);
      result.labels.push_back(labels[static_cast<std::size_t>(axis)]);
    }
    return result;
  }

  double node_cost(NodeId id) const {
    const Node& node = graph_[id];
    const auto elements = static_cast<double>(extent_product(node.shape));
    if (node.op == Op::contract || node.op == Op::combine) {
      const LabelledShape out = lying(id, node.labels);
      if (node.op == Op::contract && !is_elementwise(graph_, id)) {
        const auto use = [&](std::size_t i) { return lying(node.operands[i].node, node.operands[i].labels); };
        if (node.operands.size() == 1) return product_nanoseconds(product_loops(std::nullopt, use(0), out));
        return product_nanoseconds(product_loops(use(0), use(1), out));
      }
      double total = 0.0;
      for (const Operand& operand : node.operands) {
        const LabelledShape from = lying(operand.node, operand.labels);
        if (from.labels == out.labels) continue;
        total += elements * (inner_run(from, out) >= kShortRun ? kCopyNanoseconds : kStridedNanoseconds);
      }
      return total;
    }
    if (node.op == Op::reshape || node.operands.empty()) return 0.0;
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

  /// Elements over which the operand lies as the output does, or is one number.
  static Index inner_run(const LabelledShape& from, const LabelledShape& out) {
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

  const Graph& graph_;
  std::vector<char> needed_;
  AxisClasses classes_;
  std::set<NodeId> pinned_, fixed_;                // nodes; classes
  std::map<NodeId, std::vector<NodeId>> members_;  // of each class
  std::map<NodeId, std::set<NodeId>> touching_;    // nodes whose cost depends on a class
  std::map<NodeId, AxisMap> orders_;               // of classes: position p is the class' axis orders_[p]
};

template <class T>
std::vector<T> permuted(const std::vector<T>& values, const AxisMap& order) {
  std::vector<T> result;
  for (const int axis : order) result.push_back(values[static_cast<std::size_t>(axis)]);
  return result;
}

class Reorder {
 public:
  Reorder(const Graph& from, const Choice& choice) : from_(from), choice_(choice) {}

  NodeId operator()(Graph& to, NodeId id, const std::vector<NodeId>& operands) const {
    const Node& node = from_[id];
    const AxisMap own = choice_.order(id);
    const auto uses = [&] {
      std::vector<Operand> result;
      for (std::size_t i = 0; i < operands.size(); ++i)
        result.push_back({operands[i], permuted(node.operands[i].labels, choice_.order(node.operands[i].node))});
      return result;
    };
    const auto aligned = [&](std::size_t i) {
      return in_order(to, operands[i], choice_.order(node.operands[i].node), own);
    };
    const auto at = [&own](Index axis) {
      return static_cast<Index>(std::find(own.begin(), own.end(), static_cast<int>(axis)) - own.begin());
    };
    switch (node.op) {
      case Op::variable:
        return to.variable({node.name, node.shape, node.offset, extent_product(node.shape)}, node.slot);
      case Op::sample:
        return to.sample(static_cast<SampleLeaf>(node.slot), node.name, node.shape, false);
      case Op::constant:
        return to.constant(node.shape, *node.values);
      case Op::contract:
        return to.contract(uses(), permuted(node.labels, own), permuted(node.shape, own), node.coefficients[0]);
      case Op::combine: {
        std::vector<double> factors(node.coefficients.begin(), node.coefficients.end() - 1);
        return to.combine(uses(), std::move(factors), permuted(node.labels, own), permuted(node.shape, own),
                          node.coefficients.back());
      }
      case Op::apply:
        return to.apply(node.function, aligned(0));
      case Op::top_k:
        return to.top_k(aligned(0), at(node.axis), node.k);
      case Op::softmax: {
        if (operands.size() == 1) return to.softmax(aligned(0), at(node.axis));
        const Node& mask = from_[node.operands[1].node];
        return to.softmax(aligned(0), at(node.axis),
                          mask.op == Op::constant ? repeated(to, mask, node, own) : aligned(1));
      }
      case Op::log_sum_exp: {
        const AxisMap lying = choice_.order(node.operands[0].node);
        const auto position = std::find(lying.begin(), lying.end(), static_cast<int>(node.axis)) - lying.begin();
        AxisMap without;
        for (const int axis : lying)
          if (axis != static_cast<int>(node.axis))
            without.push_back(axis - (axis > static_cast<int>(node.axis) ? 1 : 0));
        return in_order(to, to.log_sum_exp(operands[0], position), without, own);
      }
      case Op::reshape: {
        const Shape& shape = from_[node.operands[0].node].shape;
        AxisMap plain(shape.size()), result(node.shape.size());
        std::iota(plain.begin(), plain.end(), 0);
        std::iota(result.begin(), result.end(), 0);
        const NodeId as_written = in_order(to, operands[0], choice_.order(node.operands[0].node), plain);
        return in_order(to, to.reshape(as_written, node.shape), result, own);
      }
    }
    return kNoNode;
  }

  /// A value that lies in one order, in another.
  static NodeId in_order(Graph& graph, NodeId node, const AxisMap& lies, const AxisMap& wanted) {
    if (lies == wanted) return node;
    std::vector<Label> from(lies.begin(), lies.end()), out(wanted.begin(), wanted.end());
    Shape shape;
    for (const int axis : wanted)
      shape.push_back(
          graph[node].shape[static_cast<std::size_t>(std::find(lies.begin(), lies.end(), axis) - lies.begin())]);
    return graph.contract({{node, std::move(from)}}, std::move(out), std::move(shape));
  }

 private:
  /// A constant mask whose last axes are those of the scores, in the scores' order: its first axes stay away as long as
  /// the scores have them first.
  static NodeId repeated(Graph& to, const Node& mask, const Node& scores, const AxisMap& own) {
    const std::size_t missing = scores.shape.size() - mask.shape.size();
    std::size_t kept_away = 0;
    while (kept_away < missing && own[kept_away] < static_cast<int>(missing)) ++kept_away;
    Shape shape;
    std::vector<Index> stride;
    for (std::size_t p = kept_away; p < own.size(); ++p) {
      const auto axis = static_cast<std::size_t>(own[p]);
      shape.push_back(scores.shape[axis]);
      Index step = axis < missing ? 0 : 1;
      for (std::size_t later = axis + 1; axis >= missing && later < scores.shape.size(); ++later)
        step *= scores.shape[later];
      stride.push_back(step);
    }
    std::vector<double> values(static_cast<std::size_t>(extent_product(shape)));
    for (std::size_t e = 0; e < values.size(); ++e) {
      std::size_t rest = e;
      Index from = 0;
      for (std::size_t p = shape.size(); p-- > 0;) {
        const auto extent = static_cast<std::size_t>(shape[p]);
        from += static_cast<Index>(rest % extent) * stride[p];
        rest /= extent;
      }
      values[e] = (*mask.values)[static_cast<std::size_t>(from)];
    }
    return to.constant(std::move(shape), std::move(values));
  }

  const Graph& from_;
  const Choice& choice_;
};

}  // namespace

GraphWithRequests with_best_axis_order(const Graph& graph, const std::vector<Request>& requests) {
  const Choice choice(graph, requests);
  GraphWithRequests result = rebuild(graph, requests, Reorder(graph, choice));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].node == kNoNode) continue;
    const AxisMap lies = choice.order(requests[i].node);
    AxisMap plain(lies.size());
    std::iota(plain.begin(), plain.end(), 0);
    result.requests[i].node = Reorder::in_order(result.graph, result.requests[i].node, lies, plain);
  }
  return result;
}

}  // namespace invar
