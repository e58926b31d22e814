// An oracle for graphs: evaluates any node for one sample by its definition, index by index, in double. Slow on purpose
// and independent of the project's plan and executor.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tensor/graph.h"

namespace invar::oracle {

using Numbers = std::vector<double>;

class Interpreter {
 public:
  /// `slots[0]` is θ, further slots are directions.
  Interpreter(const Graph& graph, std::vector<Numbers> slots, Numbers input, Numbers target = {}, double weight = 1.0)
      : graph_(graph),
        slots_(std::move(slots)),
        input_(std::move(input)),
        target_(std::move(target)),
        weight_(weight) {}

  /// What the node is, instead of what it would be: for sums over samples, which one sample cannot know.
  void set(NodeId id, Numbers value) { values_[id] = std::move(value); }

  const Numbers& value(NodeId id) {
    const auto known = values_.find(id);
    if (known != values_.end()) return known->second;
    return values_[id] = compute(graph_[id]);
  }

 private:
  static std::size_t count(const Shape& shape) { return static_cast<std::size_t>(extent_product(shape)); }

  Numbers compute(const Node& node) {
    switch (node.op) {
      case Op::variable: {
        const auto begin = slots_.at(static_cast<std::size_t>(node.slot)).begin() + node.offset;
        return Numbers(begin, begin + extent_product(node.shape));
      }
      case Op::sample:
        return sample(node);
      case Op::constant:
        return *node.values;
      case Op::contract:
        return contract(node);
      case Op::combine:
        return combine(node);
      case Op::apply: {
        Numbers result = value(node.operands[0].node);
        for (double& x : result) x = function(node.function, x);
        return result;
      }
      case Op::softmax:
      case Op::log_sum_exp:
      case Op::top_k:
        return along_axis(node);
      case Op::one_hot: {
        Numbers result;
        for (const double chosen : value(node.operands[0].node))
          for (Index i = 0; i < node.k; ++i) result.push_back(chosen == static_cast<double>(i) ? 1.0 : 0.0);
        return result;
      }
      case Op::reshape:
        return value(node.operands[0].node);
      case Op::routes:
        break;  // only plans have them
    }
    throw std::logic_error("unknown operation");
  }

  Numbers sample(const Node& node) {
    Numbers result = input_;
    if (node.slot == static_cast<int>(SampleLeaf::target)) result = target_;
    if (node.slot == static_cast<int>(SampleLeaf::weight)) result = {weight_};
    if (result.size() != count(node.shape)) throw std::logic_error("sample of another size");
    return result;
  }

  static double function(Function f, double x) {
    switch (f) {
      case Function::exp:
        return std::exp(x);
      case Function::log:
        return std::log(x);
      case Function::reciprocal:
        return 1.0 / x;
      case Function::sqrt:
        return std::sqrt(x);
      case Function::rsqrt:
        return 1.0 / std::sqrt(x);
      case Function::tanh:
        return std::tanh(x);
      case Function::sigmoid:
        return 1.0 / (1.0 + std::exp(-x));
      case Function::relu:
        return x > 0.0 ? x : 0.0;
      case Function::step:
        return x > 0.0 ? 1.0 : 0.0;
      case Function::erfc:
        return std::erfc(x);
      case Function::sin:
        return std::sin(x);
      case Function::cos:
        return std::cos(x);
      case Function::abs:
        return std::abs(x);
      case Function::sign:
        return x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : 0.0);
      case Function::softplus:
        return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    }
    throw std::logic_error("unknown function");
  }

  using Assignment = std::map<Label, Index>;

  double at(const Operand& operand, const Assignment& assignment) {
    const Shape& shape = graph_[operand.node].shape;
    Index flat = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      flat = flat * shape[axis] + assignment.at(operand.labels[axis]);
    return value(operand.node)[static_cast<std::size_t>(flat)];
  }

  // Calls visit for every value of the labels, the last fastest.
  template <class Visit>
  static void for_each(const std::vector<std::pair<Label, Index>>& labels, Assignment& assignment, std::size_t from,
                       const Visit& visit) {
    if (from == labels.size()) return visit();
    for (Index i = 0; i < labels[from].second; ++i) {
      assignment[labels[from].first] = i;
      for_each(labels, assignment, from + 1, visit);
    }
  }

  static std::vector<std::pair<Label, Index>> with_extents(const std::vector<Label>& labels, const Shape& shape) {
    std::vector<std::pair<Label, Index>> result;
    for (std::size_t i = 0; i < labels.size(); ++i) result.emplace_back(labels[i], shape[i]);
    return result;
  }

  Numbers contract(const Node& node) {
    const auto outer = with_extents(node.labels, node.shape);
    std::vector<std::pair<Label, Index>> inner;
    const auto has = [](const auto& list, Label label) {
      return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return entry.first == label; });
    };
    for (const Operand& operand : node.operands)
      for (const auto& entry : with_extents(operand.labels, graph_[operand.node].shape))
        if (!has(outer, entry.first) && !has(inner, entry.first)) inner.push_back(entry);
    Numbers result;
    Assignment assignment;
    for_each(outer, assignment, 0, [&] {
      double sum = 0.0;
      for_each(inner, assignment, 0, [&] {
        double product = 1.0;
        for (const Operand& operand : node.operands) product *= at(operand, assignment);
        sum += product;
      });
      result.push_back(node.coefficients[0] * sum);
    });
    return result;
  }

  Numbers combine(const Node& node) {
    Numbers result;
    Assignment assignment;
    for_each(with_extents(node.labels, node.shape), assignment, 0, [&] {
      double sum = node.coefficients.back();
      for (std::size_t i = 0; i < node.operands.size(); ++i)
        sum += node.coefficients[i] * at(node.operands[i], assignment);
      result.push_back(sum);
    });
    return result;
  }

  Numbers along_axis(const Node& node) {
    const NodeId source = node.operands[0].node;
    const Numbers x = value(source);
    const Shape& shape = graph_[source].shape;
    const auto axis = static_cast<std::size_t>(node.axis);
    std::size_t stride = 1, extent = static_cast<std::size_t>(shape[axis]);
    for (std::size_t i = axis + 1; i < shape.size(); ++i) stride *= static_cast<std::size_t>(shape[i]);
    Numbers result(node.op == Op::log_sum_exp ? 0 : x.size());
    for (std::size_t begin = 0; begin < x.size(); ++begin) {
      if (begin / stride % extent != 0) continue;
      const auto entry = [&](std::size_t i) { return begin + i * stride; };
      const auto kept = [&](std::size_t i) {
        return node.operands.size() == 1 || value(node.operands[1].node)[entry(i)] != 0.0;
      };
      if (node.op == Op::top_k) {
        for (std::size_t i = 0; i < extent; ++i) {
          Index ahead = 0;  // larger, or equal and earlier
          for (std::size_t j = 0; j < extent; ++j)
            ahead += x[entry(j)] > x[entry(i)] || (x[entry(j)] == x[entry(i)] && j < i);
          result[entry(i)] = ahead < node.k ? 1.0 : 0.0;
        }
        continue;
      }
      double largest = -std::numeric_limits<double>::infinity(), sum = 0.0;
      for (std::size_t i = 0; i < extent; ++i)
        if (kept(i)) largest = std::max(largest, x[entry(i)]);
      for (std::size_t i = 0; i < extent; ++i)
        if (kept(i)) sum += std::exp(x[entry(i)] - largest);
      if (node.op == Op::log_sum_exp) {
        result.push_back(largest + std::log(sum));
        continue;
      }
      for (std::size_t i = 0; i < extent; ++i) result[entry(i)] = kept(i) ? std::exp(x[entry(i)] - largest) / sum : 0.0;
    }
    return result;
  }

  const Graph& graph_;
  std::vector<Numbers> slots_;
  Numbers input_, target_;
  double weight_;
  std::map<NodeId, Numbers> values_;
};

}  // namespace invar::oracle
