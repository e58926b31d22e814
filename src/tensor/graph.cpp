// Building nodes: canonical labels, the few algebraic identities that keep graphs small under repeated differentiation,
// and hash-consing. Nothing here knows how a node is computed.
#include "tensor/graph.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace invar {
namespace {

bool contains(const std::vector<Label>& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool is_identity(const Operand& operand, const std::vector<Label>& out) {
  return operand.labels == out;
}

// A one-operand contraction that sums nothing and takes no diagonal: a transposed, broadcast or scaled view.
bool is_view(const Node& node, bool operand_batched) {
  if (node.op != Op::contract || node.operands.size() != 1 || node.batched != operand_batched) return false;
  const std::vector<Label>& labels = node.operands[0].labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!contains(node.labels, labels[i])) return false;
    if (std::find(labels.begin() + static_cast<std::ptrdiff_t>(i) + 1, labels.end(), labels[i]) != labels.end())
      return false;
  }
  return true;
}

// The operand seen through a view: the view's operand with the labels that the user gave to the view's axes.
Operand through_view(const Node& view, const Operand& use) {
  Operand result{view.operands[0].node, {}};
  for (const Label label : view.operands[0].labels) {
    const auto position = std::find(view.labels.begin(), view.labels.end(), label) - view.labels.begin();
    result.labels.push_back(use.labels[static_cast<std::size_t>(position)]);
  }
  return result;
}

std::optional<Number> scalar_value(const Node& node) {
  if (node.op == Op::constant && node.shape.empty())
    return node.origin && node.origin->all ? *node.origin->all : Number((*node.values)[0]);
  return std::nullopt;
}

// Numbers the labels: the output's 0, 1, … in order, then the summed ones as they appear.
void canonicalise(Node& node) {
  std::map<Label, Label> renamed;
  const auto rename = [&](Label& label) {
    label = renamed.emplace(label, static_cast<Label>(renamed.size())).first->second;
  };
  for (Label& label : node.labels) rename(label);
  for (Operand& operand : node.operands)
    for (Label& label : operand.labels) rename(label);
}

template <class T>
void append_bytes(std::string& key, const T& value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  key.append(bytes, sizeof(T));
}

template <class T>
void append_all(std::string& key, const std::vector<T>& values) {
  append_bytes(key, values.size());
  for (const T& value : values) append_bytes(key, value);
}

std::string key_of(const Node& node) {
  std::string key;
  append_bytes(key, node.op);
  append_bytes(key, node.batched);
  append_bytes(key, node.function);
  append_bytes(key, node.axis);
  append_bytes(key, node.k);
  append_bytes(key, node.slot);
  append_bytes(key, node.offset);
  append_all(key, node.shape);
  append_all(key, node.labels);
  append_all(key, node.coefficients);
  append_bytes(key, node.operands.size());
  for (const Operand& operand : node.operands) {
    append_bytes(key, operand.node);
    append_all(key, operand.labels);
  }
  if (node.origin && node.origin->all) append_bytes(key, *node.origin->all);
  append_bytes(key, node.values.get());  // equal values are one: a mask has as many as tokens squared
  return key + node.name;
}

}  // namespace

NodeId Graph::intern(Node node) {
  std::string key = key_of(node);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const NodeId id = size();
  nodes_.push_back(std::move(node));
  known_.emplace(std::move(key), id);
  return id;
}

NodeId Graph::variable(const Tensor& tensor, int slot, bool batched) {
  Node node{.op = Op::variable, .shape = tensor.shape, .batched = batched};
  node.slot = slot;
  node.offset = tensor.offset;
  node.name = tensor.name;
  return intern(std::move(node));
}

NodeId Graph::sample(SampleLeaf leaf, std::string name, Shape shape, bool batched) {
  Node node{.op = Op::sample, .shape = std::move(shape), .batched = batched};
  node.slot = static_cast<int>(leaf);
  node.name = std::move(name);
  return intern(std::move(node));
}

NodeId Graph::constant(Shape shape, std::vector<double> values) {
  return constant(std::move(shape), std::make_shared<const std::vector<double>>(std::move(values)));
}

NodeId Graph::constant(Shape shape, std::vector<double> values, ConstantOrigin origin) {
  return constant(std::move(shape), std::make_shared<const std::vector<double>>(std::move(values)),
                  std::make_shared<const ConstantOrigin>(std::move(origin)));
}

NodeId Graph::constant(Shape shape, std::shared_ptr<const std::vector<double>> values,
                       std::shared_ptr<const ConstantOrigin> origin) {
  assert(static_cast<Index>(values->size()) == extent_product(shape));
  const auto same = std::ranges::find_if(constants_, [&](const auto& other) {
    return other == values ||
           (other->size() == values->size() &&
            (values->empty() || std::memcmp(other->data(), values->data(), values->size() * sizeof(double)) == 0));
  });
  if (same == constants_.end())
    constants_.push_back(values);
  else
    values = *same;
  Node node{.op = Op::constant, .shape = std::move(shape)};
  node.values = std::move(values);
  node.origin = std::move(origin);
  return intern(std::move(node));
}

NodeId Graph::contract(std::vector<Operand> operands, std::vector<Label> out, Shape shape, Number scale,
                       bool sum_samples) {
  assert(!operands.empty() && operands.size() <= 3 && out.size() == shape.size());
  bool batched = false;
  for (const Operand& operand : operands) batched = batched || (*this)[operand.node].batched;
  batched = batched && !sum_samples;

  // Views and scalar constants dissolve into labels and scale, so that no kernel ever moves data for them.
  for (std::size_t i = 0; i < operands.size();) {
    const Node& source = (*this)[operands[i].node];
    if (const auto value = scalar_value(source); value && operands.size() == 2) {
      scale *= *value;
      operands.erase(operands.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    if (!source.operands.empty() && is_view(source, (*this)[source.operands[0].node].batched)) {
      scale *= source.coefficients[0];
      const Operand seen = through_view(source, operands[i]);
      for (std::size_t axis = 0; axis < operands[i].labels.size(); ++axis) {
        const Label label = operands[i].labels[axis];
        bool elsewhere = contains(out, label) || contains(seen.labels, label);
        for (std::size_t j = 0; j < operands.size(); ++j)
          elsewhere = elsewhere || (j != i && contains(operands[j].labels, label));
        // Summing over an axis that was only broadcast multiplies by its extent, once for each such label.
        const bool first = std::find(operands[i].labels.begin(), operands[i].labels.end(), label) ==
                           operands[i].labels.begin() + static_cast<std::ptrdiff_t>(axis);
        if (!elsewhere && first) scale *= Number(static_cast<double>(source.shape[axis]));
      }
      operands[i] = seen;
      continue;
    }
    ++i;
  }
  if (operands.size() == 1 && scale == 1.0 && is_identity(operands[0], out) &&
      (*this)[operands[0].node].batched == batched)
    return operands[0].node;

  Node node{.op = Op::contract, .shape = std::move(shape), .batched = batched};
  node.coefficients = {scale};
  node.labels = std::move(out);
  node.operands = std::move(operands);
  if (node.operands.size() >= 2 && node.operands[1].node < node.operands[0].node)
    std::swap(node.operands[0], node.operands[1]);
  canonicalise(node);
  if (node.operands.size() == 2 && node.operands[0].node == node.operands[1].node) {
    // x·x: the two orders of the operands are one term.
    Node swapped = node;
    std::swap(swapped.operands[0], swapped.operands[1]);
    canonicalise(swapped);
    if (swapped.operands[0].labels < node.operands[0].labels) node = std::move(swapped);
  }
  return intern(std::move(node));
}

NodeId Graph::combine(std::vector<Operand> operands, std::vector<Number> coefficients, std::vector<Label> out,
                      Shape shape, Number offset) {
  assert(operands.size() == coefficients.size() && out.size() == shape.size());
  std::vector<Operand> kept;
  std::vector<Number> factors;
  bool batched = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Operand operand = std::move(operands[i]);
    Number factor = coefficients[i];
    batched = batched || (*this)[operand.node].batched;
    while (true) {
      const Node& source = (*this)[operand.node];
      if (source.operands.empty() || !is_view(source, (*this)[source.operands[0].node].batched)) break;
      factor *= source.coefficients[0];
      operand = through_view(source, operand);
    }
    if (const auto value = scalar_value((*this)[operand.node])) {
      offset += factor *= *value;
      continue;
    }
    const auto same = std::find(kept.begin(), kept.end(), operand);
    if (same != kept.end()) {
      factors[static_cast<std::size_t>(same - kept.begin())] += factor;
    } else {
      kept.push_back(std::move(operand));
      factors.push_back(factor);
    }
  }
  for (std::size_t i = kept.size(); i-- > 0;) {
    if (factors[i] != 0.0 || (batched && kept.size() == 1)) continue;
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (kept.empty()) {
    const auto count = static_cast<std::size_t>(extent_product(shape));
    return constant(std::move(shape), std::vector<double>(count, offset), {offset, {}});
  }
  if (kept.size() == 1 && offset == 0.0) return contract({kept[0]}, std::move(out), std::move(shape), factors[0]);

  Node node{.op = Op::combine, .shape = std::move(shape)};
  for (const Operand& operand : kept) node.batched = node.batched || (*this)[operand.node].batched;
  node.labels = std::move(out);
  node.operands = std::move(kept);
  node.coefficients = std::move(factors);
  node.coefficients.push_back(offset);
  canonicalise(node);
  return intern(std::move(node));
}

NodeId Graph::apply(Function function, NodeId x) {
  Node node{.op = Op::apply, .shape = (*this)[x].shape, .batched = (*this)[x].batched};
  node.operands = {{x, {}}};
  node.function = function;
  return intern(std::move(node));
}

NodeId Graph::softmax(NodeId scores, Index axis, NodeId mask) {
  Node node{.op = Op::softmax, .shape = (*this)[scores].shape, .batched = (*this)[scores].batched};
  node.operands = {{scores, {}}};
  if (mask != kNoNode) {
    [[maybe_unused]] const Node& kept = (*this)[mask];
    assert(kept.op == Op::constant ? std::equal(kept.shape.rbegin(), kept.shape.rend(), node.shape.rbegin())
                                   : kept.shape == node.shape && kept.batched == node.batched);
    node.operands.push_back({mask, {}});
  }
  node.axis = axis;
  return intern(std::move(node));
}

NodeId Graph::log_sum_exp(NodeId x, Index axis) {
  Node node{.op = Op::log_sum_exp, .shape = (*this)[x].shape, .batched = (*this)[x].batched};
  node.shape.erase(node.shape.begin() + axis);
  node.operands = {{x, {}}};
  node.axis = axis;
  return intern(std::move(node));
}

NodeId Graph::top_k(NodeId x, Index axis, Index k) {
  Node node{.op = Op::top_k, .shape = (*this)[x].shape, .batched = (*this)[x].batched};
  node.operands = {{x, {}}};
  node.axis = axis;
  node.k = k;
  return intern(std::move(node));
}

NodeId Graph::one_hot(NodeId integers, Index extent) {
  Node node{.op = Op::one_hot, .shape = (*this)[integers].shape, .batched = (*this)[integers].batched};
  node.shape.push_back(extent);
  node.operands = {{integers, {}}};
  node.k = extent;
  return intern(std::move(node));
}

NodeId Graph::routes(NodeId mask, Index k, int which) {
  assert((*this)[mask].shape.size() == 2);
  Node node{.op = Op::routes, .shape = {(*this)[mask].shape[0] * k}, .batched = (*this)[mask].batched};
  node.operands = {{mask, {}}};
  node.k = k;
  node.slot = which;
  return intern(std::move(node));
}

NodeId Graph::like(const Node& node, const std::vector<NodeId>& operands) {
  std::vector<Operand> uses;
  for (std::size_t i = 0; i < operands.size(); ++i) uses.push_back({operands[i], node.operands[i].labels});
  switch (node.op) {
    case Op::constant:
      return constant(node.shape, node.values, node.origin);
    case Op::contract:
      return contract(std::move(uses), node.labels, node.shape, node.coefficients[0]);
    case Op::combine: {
      std::vector<Number> factors(node.coefficients.begin(), node.coefficients.end() - 1);
      return combine(std::move(uses), std::move(factors), node.labels, node.shape, node.coefficients.back());
    }
    default: {
      Node copy = node;
      copy.operands = std::move(uses);
      return intern(std::move(copy));
    }
  }
}

NodeId Graph::reshape(NodeId x, Shape shape) {
  assert(extent_product(shape) == extent_product((*this)[x].shape));
  if ((*this)[x].op == Op::reshape) x = (*this)[x].operands[0].node;
  if ((*this)[x].shape == shape) return x;
  Node node{.op = Op::reshape, .shape = std::move(shape), .batched = (*this)[x].batched};
  node.operands = {{x, {}}};
  return intern(std::move(node));
}

Operand Graph::whole(NodeId x) const {
  Operand operand{x, {}};
  for (std::size_t axis = 0; axis < (*this)[x].shape.size(); ++axis) operand.labels.push_back(static_cast<Label>(axis));
  return operand;
}

NodeId Graph::add(NodeId a, NodeId b) {
  if (a == kNoNode) return b;
  if (b == kNoNode) return a;
  return combine({whole(a), whole(b)}, {1.0, 1.0}, whole(a).labels, (*this)[a].shape);
}

NodeId Graph::multiply(NodeId a, NodeId b) {
  return contract({whole(a), whole(b)}, whole(a).labels, (*this)[a].shape);
}

NodeId Graph::scale(NodeId x, Number factor) {
  return contract({whole(x)}, whole(x).labels, (*this)[x].shape, factor);
}

NodeId Graph::affine(NodeId x, Number factor, Number offset) {
  return combine({whole(x)}, {factor}, whole(x).labels, (*this)[x].shape, offset);
}

}  // namespace invar
