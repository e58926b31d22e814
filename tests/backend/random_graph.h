// Random graphs of every operation, for the tests of plans: each node keeps the labels of its axes, so that nodes meet
// in combinations and products that make sense. Values stay near 1: a test of plans is none of overflow.
#pragma once

#include <algorithm>
#include <vector>

#include "tests/backend/batch_oracle.h"

namespace invar::oracle {

inline constexpr Index kExtentOf[] = {2, 3, 4, 1, 5};  // of each label

class RandomGraph {
 public:
  Graph graph;
  Index parameters = 0, input = 0, target = 0;
  std::vector<NodeId> nodes;

  /// `routed`: many masks of chosen entries, which multiply this and that.
  RandomGraph(Random& random, int operations, bool routed = false) : random_(random) {
    for (int i = 0; i < 3; ++i) {
      const std::vector<Label> labels = some_labels(2);
      const Tensor tensor{"p" + std::to_string(i), shape_of(labels), parameters, extent_product(shape_of(labels))};
      parameters += tensor.size;
      keep(graph.variable(tensor), labels);
    }
    const std::vector<Label> x = some_labels(2), y = some_labels(2), c = some_labels(2);
    input = extent_product(shape_of(x));
    target = extent_product(shape_of(y));
    keep(graph.sample(SampleLeaf::input, "x", shape_of(x)), x);
    keep(graph.sample(SampleLeaf::target, "y", shape_of(y)), y);
    keep(graph.constant(shape_of(c), normal(random_, extent_product(shape_of(c)))), c);
    leaves_ = nodes.size();
    for (int i = 0; i < operations; ++i) {
      if (routed && below(random_, 3) == 0)
        add_routed_product();
      else
        add_operation();
    }
  }

 private:
  struct Use {
    NodeId node;
    std::vector<Label> labels;
  };

  std::vector<Label> some_labels(Index most) {
    std::vector<Label> labels{0, 1, 2, 3, 4};
    for (std::size_t i = labels.size(); i > 1; --i)
      std::swap(labels[i - 1], labels[static_cast<std::size_t>(below(random_, static_cast<Index>(i)))]);
    labels.resize(static_cast<std::size_t>(1 + below(random_, most)));
    return labels;
  }

  static Shape shape_of(const std::vector<Label>& labels) {
    Shape shape;
    for (const Label label : labels) shape.push_back(kExtentOf[label]);
    return shape;
  }

  void keep(NodeId node, std::vector<Label> labels) {
    nodes.push_back(node);
    labels_.push_back(std::move(labels));
  }

  Use pick() {
    const auto i = static_cast<std::size_t>(below(random_, static_cast<Index>(nodes.size())));
    return {nodes[i], labels_[i]};
  }
  Use pick_leaf() {
    const auto i = static_cast<std::size_t>(below(random_, static_cast<Index>(leaves_)));
    return {nodes[i], labels_[i]};
  }

  /// The labels of some nodes, each once, in random order.
  std::vector<Label> joined(const std::vector<Use>& uses) {
    std::vector<Label> labels;
    for (const Use& use : uses)
      for (const Label label : use.labels)
        if (std::ranges::count(labels, label) == 0)
          labels.insert(
              labels.begin() + static_cast<std::ptrdiff_t>(below(random_, static_cast<Index>(labels.size()) + 1)),
              label);
    return labels;
  }

  double factor() {
    const double factors[] = {1.0, -1.0, 0.5, -0.3};
    return factors[below(random_, 4)];
  }

  void add_operation() {
    switch (below(random_, 11)) {
      case 0:
      case 1:
        return add_function();
      case 2:
      case 3:
        return add_combination();
      case 4:
      case 5:
        return add_product();
      case 6:
        return add_softmax();
      case 7:
        return add_log_sum_exp();
      case 8:
        return add_reshape();
      case 9:
        return add_choice();
      default:
        return add_mean();
    }
  }

  void add_function() {
    // Steps jump: on leaves only, whose values no rounding moves across the jump.
    if (below(random_, 4) == 0) {
      const Use x = pick_leaf();
      return keep(graph.apply(below(random_, 2) == 0 ? Function::step : Function::sign, x.node), x.labels);
    }
    const Use x = pick();
    const Function anywhere[] = {Function::tanh, Function::sigmoid, Function::relu, Function::erfc,
                                 Function::sin,  Function::cos,     Function::abs,  Function::softplus};
    const Function positive[] = {Function::log, Function::sqrt, Function::rsqrt, Function::reciprocal};
    switch (below(random_, 4)) {
      case 0: {
        const NodeId square = graph.multiply(x.node, x.node);
        return keep(graph.apply(positive[below(random_, 4)], graph.affine(square, 0.5, 1.0)), x.labels);
      }
      case 1:
        return keep(graph.apply(Function::exp, graph.apply(Function::tanh, x.node)), x.labels);
      default:
        return keep(graph.apply(anywhere[below(random_, 8)], x.node), x.labels);
    }
  }

  void add_combination() {
    std::vector<Use> uses{pick(), pick()};
    if (below(random_, 2) == 0) uses.push_back(pick());
    const std::vector<Label> out = joined(uses);
    if (extent_product(shape_of(out)) > 200) return;
    std::vector<Operand> operands;
    std::vector<Number> coefficients;
    for (const Use& use : uses) {
      operands.push_back({use.node, use.labels});
      coefficients.push_back(factor());
    }
    keep(graph.combine(operands, coefficients, out, shape_of(out), below(random_, 2) == 0 ? 0.25 : 0.0), out);
  }

  void add_product() {
    const std::vector<Use> uses{pick(), pick()};
    const std::vector<Label> all = joined(uses);
    std::vector<Label> out;
    Index summed = 1;
    for (const Label label : all)
      if (below(random_, 3) > 0)
        out.push_back(label);
      else
        summed *= kExtentOf[label];
    if (extent_product(shape_of(out)) > 200) return;
    keep(graph.contract({{uses[0].node, uses[0].labels}, {uses[1].node, uses[1].labels}}, out, shape_of(out),
                        factor() / std::sqrt(static_cast<double>(summed))),
         out);
  }

  /// A mask, or a softmax where it is, times something; mostly one of the last values, so that chains come about.
  void add_routed_product() {
    Use mask = pick_leaf();
    const auto axis = below(random_, static_cast<Index>(mask.labels.size()));
    const Index extent = graph[mask.node].shape[static_cast<std::size_t>(axis)];
    const NodeId active = graph.top_k(mask.node, axis, 1 + below(random_, extent));
    mask.node = below(random_, 2) == 0 ? active : graph.softmax(mask.node, axis, active);
    const std::size_t last = nodes.size() - 1 - static_cast<std::size_t>(below(random_, 3));
    const std::vector<Use> uses{mask, below(random_, 3) == 0 ? pick() : Use{nodes[last], labels_[last]}};
    std::vector<Label> out;
    for (const Label label : joined(uses))
      if (below(random_, 5) > 0) out.push_back(label);
    if (extent_product(shape_of(out)) > 400) return;
    keep(graph.contract({{mask.node, mask.labels}, {uses[1].node, uses[1].labels}}, out, shape_of(out), factor()), out);
  }

  void add_softmax() {
    Use x = pick();
    if (x.labels.empty()) return;
    const auto axis = below(random_, static_cast<Index>(x.labels.size()));
    switch (below(random_, 3)) {
      case 0: {
        Numbers mask;
        for (Index i = 0; i < extent_product(shape_of(x.labels)); ++i)
          mask.push_back(below(random_, 3) > 0 ? 1.0 : 0.0);
        return keep(graph.softmax(x.node, axis, graph.constant(shape_of(x.labels), mask)), x.labels);
      }
      case 1: {
        // Scores that no rounding can reorder: a leaf's.
        x = pick_leaf();
        const auto along = below(random_, static_cast<Index>(x.labels.size()));
        const NodeId active =
            graph.top_k(x.node, along, 1 + below(random_, graph[x.node].shape[static_cast<std::size_t>(along)]));
        const NodeId mask_only = graph.softmax(x.node, along, active);
        keep(below(random_, 2) == 0 ? active : mask_only, x.labels);
        return;
      }
      default:
        return keep(graph.softmax(x.node, axis), x.labels);
    }
  }

  void add_log_sum_exp() {
    Use x = pick();
    if (x.labels.empty()) return;
    const auto axis = below(random_, static_cast<Index>(x.labels.size()));
    x.labels.erase(x.labels.begin() + axis);
    keep(graph.log_sum_exp(x.node, axis), x.labels);
  }

  /// One-hot vectors of integers from 0 to 3, some of which no axis of theirs has, and a product with them.
  void add_choice() {
    const Use x = pick_leaf(), y = pick();
    const auto along = static_cast<Label>(below(random_, 5));
    if (std::ranges::count(x.labels, along) > 0) return;
    const NodeId integers =
        graph.affine(graph.apply(Function::step, x.node), static_cast<double>(1 + below(random_, 2)),
                     static_cast<double>(below(random_, 2)));
    Use one{graph.one_hot(integers, kExtentOf[along]), x.labels};
    one.labels.push_back(along);
    if (below(random_, 3) == 0) keep(one.node, one.labels);
    std::vector<Label> out;
    for (const Label label : joined({one, y}))
      if (below(random_, 3) > 0) out.push_back(label);
    if (extent_product(shape_of(out)) > 200) return;
    keep(graph.contract({{one.node, one.labels}, {y.node, y.labels}}, out, shape_of(out), factor()), out);
  }

  /// The same numbers under the labels in another order: no transposition.
  void add_reshape() {
    Use x = pick();
    if (x.labels.empty()) return;
    std::rotate(x.labels.begin(), x.labels.begin() + below(random_, static_cast<Index>(x.labels.size())),
                x.labels.end());
    keep(graph.reshape(x.node, shape_of(x.labels)), x.labels);
  }

  /// A weighted sum over the samples.
  void add_mean() {
    const Use x = pick();
    if (!graph[x.node].batched) return;
    const NodeId weight = graph.sample(SampleLeaf::weight, "weight", {});
    std::vector<Label> out;
    for (const Label label : x.labels)
      if (below(random_, 3) > 0) out.push_back(label);
    const NodeId weighted = graph.contract({{x.node, x.labels}, {weight, {}}}, x.labels, shape_of(x.labels));
    keep(graph.contract({{weighted, x.labels}}, out, shape_of(out), 1.0, true), out);
  }

  Random& random_;
  std::vector<std::vector<Label>> labels_;
  std::size_t leaves_ = 0;
};

}  // namespace invar::oracle
