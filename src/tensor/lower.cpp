// A sum becomes `combine`, a term `contract_product`, a constant subscript a product with a one-hot vector, joined
// indices a reshape that splits the axis. Numbers fold into the scale of their term.
#include "tensor/lower.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/contraction_order.h"
#include "tensor/elementwise.h"
#include "tensor/exponential_share.h"
#include "tensor/lower_call.h"
#include "tensor/normalisation.h"

namespace invar {
namespace {

bool distinct(const std::vector<Label>& labels) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (std::find(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(i), labels[i]) !=
        labels.begin() + static_cast<std::ptrdiff_t>(i))
      return false;
  return true;
}

bool within(const std::vector<Label>& part, const std::vector<Label>& whole) {
  return std::all_of(part.begin(), part.end(),
                     [&](Label label) { return std::find(whole.begin(), whole.end(), label) != whole.end(); });
}

}  // namespace

Label Lowering::label(const std::string& letter) const {
  return static_cast<Label>(std::distance(extents_.begin(), extents_.find(letter)));
}

std::vector<Label> Lowering::labels(const Letters& letters) const {
  std::vector<Label> result;
  for (const std::string& letter : letters) result.push_back(label(letter));
  return result;
}

Shape Lowering::extents(const Letters& letters) const {
  Shape result;
  for (const std::string& letter : letters) result.push_back(extent(letter));
  require_storable(block_, line_, result);
  return result;
}

void require_storable(const BlockText& block, Place line, const Shape& shape) {
  constexpr double kMostNumbers = 1e12;  // above this nothing fits any memory, and products of extents could overflow
  double numbers = 1.0;
  for (const Index extent : shape) numbers *= static_cast<double>(extent);
  if (numbers > kMostNumbers)
    block.fail(line, "this line holds " + shape_text(shape) + ", more than 10^12 numbers: choose smaller extents");
}

Shape Lowering::shape(const TensorUse& left) const {
  Shape result;
  for (const Subscript& axis : left.axes) {
    Index product = 1;
    for (const IndexUse& use : axis.letters) product *= extent(use.letter);
    result.push_back(product);
  }
  return result;
}

double Lowering::fan_in(const std::string& parameter) const {
  const auto found = fan_in_.find(parameter);
  return found == fan_in_.end() ? 1.0 : found->second;
}

void Lowering::note_fan_in(const Factor& use, const Letters& summed) {
  if (use.kind != Factor::Kind::tensor || syntax_.find(use.tensor.name)->role != Role::parameter) return;
  double product = 1.0;
  for (const std::string& letter : letters_of(use.tensor))
    if (contains(summed, letter)) product *= static_cast<double>(extent(letter));
  fan_in_.emplace(use.tensor.name, product);
}

NodeId Lowering::lower(const TensorUse& left, const Expression& right) {
  line_ = left.place;
  const NodeId known = graph_.size();
  const Letters letters = letters_of(left);
  const NodeId node = graph_.reshape(expression(right, letters, letters, {}), shape(left));
  for (NodeId id = known; id < graph_.size(); ++id) require_storable(block_, line_, graph_[id].shape);
  return node;
}

NodeId Lowering::expression(const Expression& sum, const Letters& bound, const Letters& out, const Letters& summed) {
  const std::vector<Label> out_labels = labels(out);
  const bool single = sum.terms.size() == 1;
  std::vector<Operand> parts;
  std::vector<Number> coefficients;
  Number offset = 0.0;
  for (const Term& term : sum.terms) {
    Number scale = term.sign;
    const TermIndices indices = indices_of(term, bound);
    const Letters free = letters_of(indices.free);
    const Letters gone = united(letters_of(indices.summed), summed);
    std::vector<Operand> operands;
    for (const Factor& use : term.factors) {
      if (is_numeric(use)) {
        scale *= number(use);
        continue;
      }
      note_fan_in(use, gone);
      if (use.is_plain_tensor()) {
        append(use.tensor, operands);
      } else {
        const Value value = factor(use, bound);
        operands.push_back({value.node, labels(value.letters)});
      }
    }
    fresh_ = 0;
    scale *= join_shares(graph_, operands);
    // A sum over an index that the term lacks adds equal numbers.
    for (const std::string& letter : summed)
      if (!contains(free, letter)) scale *= Number(static_cast<double>(extent(letter)));
    if (operands.empty()) {
      offset += scale;
      continue;
    }
    Letters kept = out;
    std::erase_if(kept, [&](const std::string& letter) { return !contains(free, letter); });
    const std::vector<Label> kept_labels = labels(kept);
    if (operands.size() > 1 || !distinct(operands[0].labels) || !within(operands[0].labels, kept_labels)) {
      const Number inner = single ? std::exchange(scale, Number(1.0)) : Number(1.0);
      operands = {{contract_product(graph_, std::move(operands), kept_labels, extents(kept), inner), kept_labels}};
    }
    parts.push_back(std::move(operands[0]));
    coefficients.push_back(scale);
  }
  if (parts.empty() && out.empty()) return graph_.scalar(offset);
  return graph_.combine(std::move(parts), std::move(coefficients), out_labels, extents(out), offset);
}

// The operands of a tensor with its subscripts: itself and a one-hot vector for each constant subscript.
void Lowering::append(const TensorUse& use, std::vector<Operand>& operands) {
  Operand source{tensors_.at(use.name), {}};
  const Shape whole = graph_[source.node].shape;
  Shape split;
  std::vector<Operand> chosen;
  for (std::size_t at = 0; at < use.axes.size(); ++at) {
    const Subscript& axis = use.axes[at];
    Index length = whole[at];  // of the constant's own axis
    for (const IndexUse& index : axis.letters) {
      source.labels.push_back(label(index.letter));
      split.push_back(extent(index.letter));
      length /= split.back();
    }
    if (!axis.has_constant()) continue;
    const Label taken = static_cast<Label>(extents_.size() + static_cast<std::size_t>(fresh_++));
    std::vector<double> one_hot(static_cast<std::size_t>(length), 0.0);
    one_hot[static_cast<std::size_t>(axis.constant)] = 1.0;
    chosen.push_back({graph_.constant({length}, std::move(one_hot)), {taken}});
    const auto behind = static_cast<std::ptrdiff_t>(axis.letters.size() - axis.constant_at);
    source.labels.insert(source.labels.end() - behind, taken);
    split.insert(split.end() - behind, length);
  }
  source.node = graph_.reshape(source.node, std::move(split));
  operands.push_back(std::move(source));
  operands.insert(operands.end(), chosen.begin(), chosen.end());
}

// A tensor as a term of its own: under a power or a division.
Lowering::Value Lowering::tensor_scope(const TensorUse& use, const Letters& bound) {
  Term term;
  term.factors.emplace_back();
  term.factors[0].kind = Factor::Kind::tensor;
  term.factors[0].tensor = use;
  const Letters letters = letters_of(indices_of(term, bound).free);
  std::vector<Operand> operands;
  const Label outer = std::exchange(fresh_, 0);
  append(use, operands);
  fresh_ = outer;
  return {contract_product(graph_, std::move(operands), labels(letters), extents(letters)), letters};
}

Lowering::Value Lowering::factor(const Factor& use, const Letters& bound) {
  if (use.kind == Factor::Kind::tensor) return raised(use, tensor_scope(use.tensor, bound));
  if (use.function == "lookup") return raised(use, looked_up(use));
  if (use.function == "concat") return raised(use, concatenated(use));
  if (use.arguments.empty()) {  // a generated tensor
    const Letters letters = letters_of(use.axes);
    return raised(use, {generated(block_, graph_, use, extents(letters)), letters});
  }
  const Letters inner = bound_inside(use, bound);
  if (use.axes.empty() && use.kind == Factor::Kind::call) return raised(use, elementwise_call(use, inner));
  Letters letters = letters_of(free_in_arguments(use, inner));
  const Label outer = std::exchange(fresh_, 0);
  NodeId node = kNoNode;
  if (use.function == "sum") {
    const Letters axes = letters_of(use.axes);
    std::erase_if(letters, [&](const std::string& letter) { return contains(axes, letter); });
    node = expression(use.arguments[0], inner, letters, axes);
  } else {
    node = expression(use.arguments[0], inner, letters, {});
    if (takes_indices_up(use)) {
      for (const std::string& axis : letters_of(use.axes)) {
        const auto at = std::find(letters.begin(), letters.end(), axis);
        node = extreme(graph_, node, static_cast<std::size_t>(at - letters.begin()),
                       use.function == "max" ? Extreme::largest : Extreme::smallest);
        letters.erase(at);
      }
    } else if (use.function == "repeat") {
      const std::vector<Label> own = labels(letters);
      letters = united(letters_of(use.axes), letters);
      node = graph_.contract({{node, own}}, labels(letters), extents(letters));
    } else if (use.kind == Factor::Kind::call) {
      node = called(use, node, letters);
    }
  }
  fresh_ = outer;
  return raised(use, {node, letters});
}

// Integers choose: the input's own, or those of a constant. A computed number is none to its last bit.
void Lowering::require_integers(const TensorUse& use, Index extent) {
  const Node& node = graph_[tensors_.at(use.name)];
  if (node.op == Op::sample) {
    input_tokens_ = input_tokens_ == 0 ? extent : std::min(input_tokens_, extent);
    return;
  }
  if (node.op != Op::constant)
    block_.fail(use.place, "'" + use.name + "' cannot choose rows: 'lookup' takes integers, the input or a constant");
  for (const double value : *node.values)
    if (value != std::floor(value) || value < 0.0 || value >= static_cast<double>(extent))
      block_.fail(use.place, "the constant '" + use.name + "' chooses rows, but holds " + std::to_string(value) +
                                 ": it may hold the integers from 0 to " + std::to_string(extent - 1));
}

// A product of the table with one-hot vectors.
Lowering::Value Lowering::looked_up(const Factor& use) {
  const std::string& row = use.axes[0].letter;
  const TensorUse& chosen = use.tensors[1];
  require_integers(chosen, extent(row));
  const Label outer = std::exchange(fresh_, 0);
  std::vector<Operand> operands, integers;
  append(use.tensors[0], operands);
  append(chosen, integers);
  fresh_ = outer;
  Operand& one = integers[0];
  one.node = graph_.one_hot(one.node, extent(row));
  one.labels.push_back(label(row));
  const Letters table = letters_of(use.tensors[0]);
  // The table first, without its constant subscripts: then one product looks up.
  if (operands.size() > 1)
    operands = {{contract_product(graph_, std::move(operands), labels(table), extents(table)), labels(table)}};
  operands.push_back(std::move(one));
  Letters letters = united(letters_of(chosen), table);
  std::erase(letters, row);
  return {contract_product(graph_, std::move(operands), labels(letters), extents(letters)), letters};
}

// A sum of the parts, each placed by one-hot vectors of its positions.
Lowering::Value Lowering::concatenated(const Factor& use) {
  const std::string& whole = use.axes[0].letter;
  Letters letters{whole};
  for (std::size_t i = 0; i < use.tensors.size(); ++i)
    for (const std::string& letter : letters_of(use.tensors[i]))
      if (letter != use.joined[i]) letters = united(std::move(letters), {letter});
  std::vector<Operand> parts;
  Index begin = 0;
  for (std::size_t i = 0; i < use.tensors.size(); ++i) {
    const std::string& joined = use.joined[i];
    const Shape positions = joined.empty() ? Shape{} : Shape{extent(joined)};
    std::vector<double> places;
    for (Index at = 0; at < extent_product(positions); ++at) places.push_back(static_cast<double>(begin + at));
    begin += extent_product(positions);
    Operand one{graph_.one_hot(graph_.constant(positions, std::move(places)), extent(whole)), {}};
    if (!joined.empty()) one.labels.push_back(label(joined));
    one.labels.push_back(label(whole));
    const Label outer = std::exchange(fresh_, 0);
    std::vector<Operand> operands;
    append(use.tensors[i], operands);
    fresh_ = outer;
    operands.push_back(std::move(one));
    Letters own = united({whole}, letters_of(use.tensors[i]));
    std::erase(own, joined);
    parts.push_back({contract_product(graph_, std::move(operands), labels(own), extents(own)), labels(own)});
  }
  const std::vector<Number> ones(parts.size(), 1.0);
  return {graph_.combine(std::move(parts), ones, labels(letters), extents(letters)), letters};
}

// Of clamp's bounds, where they are numbers.
void Lowering::require_order(const Factor& use, const std::vector<Operand>& arguments) const {
  const Node &low = graph_[arguments[1].node], &high = graph_[arguments[2].node];
  if (low.op != Op::constant || high.op != Op::constant || !low.shape.empty() || !high.shape.empty()) return;
  if ((*low.values)[0] > (*high.values)[0])
    block_.fail(use.place, "'" + block_.quote(use.span) + "' has its lower bound above its upper one: exchange them");
}

// Of one argument, or of several that are repeated along the indices of each other.
Lowering::Value Lowering::elementwise_call(const Factor& use, const Letters& bound) {
  const Letters letters = letters_of(free_in_arguments(use, bound));
  const Label outer = std::exchange(fresh_, 0);
  std::vector<Operand> arguments;
  for (const Expression& argument : use.arguments) {
    const Letters own = letters_of(free_indices(argument, bound));
    arguments.push_back({expression(argument, bound, own, {}), labels(own)});
  }
  fresh_ = outer;
  if (use.function == "clamp") require_order(use, arguments);
  return {elementwise(graph_, use.function, arguments, labels(letters), extents(letters)), letters};
}

Lowering::Value Lowering::raised(const Factor& use, Value base) {
  const int exponent = use.divides ? -use.power : use.power;
  return {exponent == 1 ? base.node : power(graph_, base.node, exponent), std::move(base.letters)};
}

NodeId Lowering::called(const Factor& use, NodeId argument, const Letters& letters) {
  NodeId mask = kNoNode;
  if (use.mask) {
    std::vector<Operand> operands;
    append(*use.mask, operands);
    mask = contract_product(graph_, std::move(operands), labels(letters), extents(letters));
  }
  return call(block_, graph_, use, argument, letters, mask);
}

Number Lowering::with_power(const Factor& use, Number base) const {
  const Number value = base.power(use.divides ? -use.power : use.power);
  if (!std::isfinite(value))
    block_.fail(use.place, "'" + block_.quote(use.span) + "' " +
                               (use.divides ? "divides by a number that is zero" : "is no finite number"));
  return value;
}

Number Lowering::number(const Factor& use) const {
  switch (use.kind) {
    case Factor::Kind::number:
      return with_power(use, Number::decimal(use.number));
    case Factor::Kind::dim:
      return with_power(use, static_cast<double>(extent(use.dim.letter)));
    case Factor::Kind::parentheses:
      return with_power(use, number(use.arguments[0]));
    default: {
      std::vector<double> values;
      for (const Expression& argument : use.arguments) values.push_back(number(argument));
      const double value = elementwise(use.function, values);
      return with_power(use, use.function == "sqrt" ? number(use.arguments[0]).root() : Number(value));
    }
  }
}

Number Lowering::number(const Expression& sum) const {
  Number total = 0.0;
  for (const Term& term : sum.terms) {
    Number product = term.sign;
    for (const Factor& use : term.factors) product *= number(use);
    total += product;
  }
  return total;
}

}  // namespace invar
