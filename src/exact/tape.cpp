#include "exact/tape.h"

#include <utility>

#include "error.h"

namespace invar::exact {
namespace {

// Row-major positions of all combinations of indices, with the place of each in tensors that have some of the labels.
class Walk {
 public:
  Walk(const std::vector<Label>& labels, const std::map<Label, Index>& extents) {
    for (const Label label : labels) shape_.push_back(extents.at(label)), labels_.push_back(label);
    at_.assign(shape_.size(), 0);
  }
  Index count() const { return extent_product(shape_); }
  void next() {
    for (std::size_t i = shape_.size(); i-- > 0;) {
      if (++at_[i] < shape_[i]) return;
      at_[i] = 0;
    }
  }
  /// Adds what these labels contribute to an offset.
  Index offset(const Operand& operand, const Shape& shape) const {
    Index result = 0, stride = 1;
    for (std::size_t axis = shape.size(); axis-- > 0; stride *= shape[axis])
      for (std::size_t i = 0; i < labels_.size(); ++i)
        if (labels_[i] == operand.labels[axis]) result += stride * at_[i];
    return result;
  }

 private:
  std::vector<Label> labels_;
  Shape shape_, at_;
};

// Lines along an axis: (first entry, stride).
template <class Visit>
void each_line(const Shape& shape, Index axis, const Visit& visit) {
  Index stride = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < shape.size(); ++i) stride *= shape[i];
  const Index extent = shape[static_cast<std::size_t>(axis)];
  for (Index outer = 0; outer < extent_product(shape) / (extent * stride); ++outer)
    for (Index inner = 0; inner < stride; ++inner) visit(outer * extent * stride + inner, stride, extent);
}

std::size_t at(Index index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

TapeBuilder::TapeBuilder(const Graph& graph, Index parameters) : graph_(graph) {
  tape_.parameters = static_cast<std::int32_t>(parameters);
}

const std::vector<std::int32_t>& TapeBuilder::of(NodeId node) {
  const auto found = entries_.find(node);
  if (found != entries_.end()) return found->second;
  // Operands have smaller ids: those that are needed, in their order.
  std::vector<NodeId> open{node};
  std::map<NodeId, bool> needed;
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (entries_.contains(id) || !needed.emplace(id, true).second) continue;
    for (const Operand& operand : graph_[id].operands)
      if (graph_[id].op != Op::one_hot || graph_[operand.node].op != Op::sample) open.push_back(operand.node);
  }
  for (const auto& [id, unused] : needed) entries_.emplace(id, steps_of(graph_[id]));
  return entries_.at(node);
}

TapeBuilder::Entries TapeBuilder::steps_of(const Node& node) {
  Entries result;
  switch (node.op) {
    case Op::variable:
      for (Index i = 0; i < extent_product(node.shape); ++i)
        result.push_back(append(Step::parameter, static_cast<std::int32_t>(node.offset + i)));
      return result;
    case Op::sample:
      if (tape_.vocabulary != 0) throw InputError("the input is used as integers that choose rows, and as numbers");
      tape_.inputs = static_cast<std::int32_t>(extent_product(node.shape));
      for (std::int32_t i = 0; i < tape_.inputs; ++i) result.push_back(append(Step::input, i));
      return result;
    case Op::constant:
      return constant(node);
    case Op::contract:
      return contract(node);
    case Op::combine:
      return combine(node);
    case Op::apply:
      for (const std::int32_t x : of(node.operands[0].node)) result.push_back(apply(node.function, x));
      return result;
    case Op::softmax:
      return softmax(node);
    case Op::log_sum_exp:
      return log_sum_exp(node);
    case Op::top_k:
      return top_k(node);
    case Op::one_hot:
      return one_hot(node);
    case Op::reshape:
      return of(node.operands[0].node);
    case Op::routes:
      break;
  }
  throw InputError("routes of tokens have no exact form");
}

TapeBuilder::Entries TapeBuilder::constant(const Node& node) {
  Entries result;
  for (std::size_t i = 0; i < node.values->size(); ++i) {
    const double value = (*node.values)[i];
    if (node.origin && node.origin->all)
      result.push_back(known(*node.origin->all));
    else if (node.origin && !node.origin->rotations.empty())
      result.push_back(rotation(node.origin->rotations[i], value));
    else
      result.push_back(known(Number(value)));
  }
  return result;
}

TapeBuilder::Entries TapeBuilder::contract(const Node& node) {
  std::map<Label, Index> extents;
  for (std::size_t i = 0; i < node.labels.size(); ++i) extents[node.labels[i]] = node.shape[i];
  std::vector<Label> all = node.labels;
  for (const Operand& operand : node.operands)
    for (std::size_t axis = 0; axis < operand.labels.size(); ++axis)
      if (extents.emplace(operand.labels[axis], graph_[operand.node].shape[axis]).second)
        all.push_back(operand.labels[axis]);
  Walk walk(all, extents);
  Entries result(at(extent_product(node.shape)), known(0.0));
  const Operand out{kNoNode, node.labels};
  for (Index n = walk.count(); n > 0; --n, walk.next()) {
    std::int32_t product = known(1.0);
    for (const Operand& operand : node.operands) {
      const Entries& entries = of(operand.node);
      product = multiply(product, entries[at(walk.offset(operand, graph_[operand.node].shape))]);
      if (is(product, 0)) break;
    }
    std::int32_t& sum = result[at(walk.offset(out, node.shape))];
    sum = add(sum, product);
  }
  for (std::int32_t& entry : result) entry = scaled(entry, node.coefficients[0]);
  return result;
}

TapeBuilder::Entries TapeBuilder::combine(const Node& node) {
  std::map<Label, Index> extents;
  for (std::size_t i = 0; i < node.labels.size(); ++i) extents[node.labels[i]] = node.shape[i];
  Walk walk(node.labels, extents);
  Entries result;
  for (Index n = walk.count(); n > 0; --n, walk.next()) {
    std::int32_t sum = known(node.coefficients.back());
    for (std::size_t i = 0; i < node.operands.size(); ++i) {
      const Operand& operand = node.operands[i];
      const std::int32_t entry = of(operand.node)[at(walk.offset(operand, graph_[operand.node].shape))];
      sum = add(sum, scaled(entry, node.coefficients[i]));
    }
    result.push_back(sum);
  }
  return result;
}

TapeBuilder::Entries TapeBuilder::softmax(const Node& node) {
  const Entries scores = of(node.operands[0].node);
  Entries mask;
  if (node.operands.size() > 1) mask = of(node.operands[1].node);
  Entries result(scores.size());
  each_line(node.shape, node.axis, [&](Index first, Index stride, Index extent) {
    std::int32_t sum = known(0.0);
    for (Index i = 0; i < extent; ++i) {
      const std::size_t entry = at(first + i * stride);
      // A constant mask may be that of the last axes only.
      const std::int32_t kept = mask.empty() ? known(1.0) : mask[entry % mask.size()];
      result[entry] = is(kept, 0) ? kept : multiply(kept, exponential(scores[entry]));
      sum = add(sum, result[entry]);
    }
    const std::int32_t reciprocal = inverse(sum);
    for (Index i = 0; i < extent; ++i) {
      std::int32_t& entry = result[at(first + i * stride)];
      entry = multiply(entry, reciprocal);
    }
  });
  return result;
}

TapeBuilder::Entries TapeBuilder::log_sum_exp(const Node& node) {
  const Node& scores = graph_[node.operands[0].node];
  const Entries entries = of(node.operands[0].node);
  Entries result;
  each_line(scores.shape, node.axis, [&](Index first, Index stride, Index extent) {
    std::int32_t sum = known(0.0);
    for (Index i = 0; i < extent; ++i) sum = add(sum, exponential(entries[at(first + i * stride)]));
    result.push_back(append(Step::log, sum, inverse(sum)));
  });
  return result;
}

TapeBuilder::Entries TapeBuilder::top_k(const Node& node) {
  const Entries scores = of(node.operands[0].node);
  Entries result(scores.size());
  each_line(node.shape, node.axis, [&](Index first, Index stride, Index extent) {
    Choice choice{.scores = {}, .k = static_cast<std::int32_t>(node.k)};
    for (Index i = 0; i < extent; ++i) choice.scores.push_back(scores[at(first + i * stride)]);
    const auto which = static_cast<std::int32_t>(tape_.choices.size());
    tape_.choices.push_back(std::move(choice));
    for (Index i = 0; i < extent; ++i)
      result[at(first + i * stride)] =
          node.k == extent ? known(1.0) : append(Step::outcome, which, static_cast<std::int32_t>(i));
  });
  return result;
}

TapeBuilder::Entries TapeBuilder::one_hot(const Node& node) {
  const Node& integers = graph_[node.operands[0].node];
  Entries result;
  if (integers.op == Op::sample) {
    const auto extent = static_cast<std::int32_t>(node.k);
    const auto entries = static_cast<std::int32_t>(extent_product(node.shape));
    if (tape_.inputs != 0 && (tape_.inputs != entries || tape_.vocabulary != extent))
      throw InputError("the input chooses rows of tables of different sizes, or is used as numbers too");
    tape_.inputs = entries;
    tape_.vocabulary = extent;
    for (std::int32_t i = 0; i < entries; ++i) result.push_back(append(Step::input, i));
    return result;
  }
  for (const double integer : *integers.values)
    for (Index i = 0; i < node.k; ++i) result.push_back(known(integer == static_cast<double>(i) ? 1.0 : 0.0));
  return result;
}

}  // namespace invar::exact
