#include "tensor/lower_call.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tensor/elementwise.h"
#include "tensor/function_table.h"
#include "tensor/normalisation.h"
#include "tensor/positions.h"

namespace invar {
namespace {

const Option* written(const Factor& use, std::string_view name) {
  for (const Option& option : use.options)
    if (option.name == name) return &option;
  return nullptr;
}

Number number_option(const Factor& use, std::string_view name) {
  if (const Option* option = written(use, name)) return Number::decimal(option->number);
  for (const OptionRule& rule : find_function(use.function)->options)
    if (rule.name == name && rule.standard) return Number::decimal(*rule.standard);
  throw std::logic_error("no option " + std::string(name));
}

std::size_t position(const Letters& letters, const std::string& letter) {
  return static_cast<std::size_t>(std::find(letters.begin(), letters.end(), letter) - letters.begin());
}

Index value(const IndexSum& sum, const Letters& letters, const Shape& at) {
  Index total = sum.constant;
  for (const auto& [sign, use] : sum.indices) total += sign * at[position(letters, use.letter)];
  return total;
}

bool holds(const Condition& condition, const Letters& letters, const Shape& at) {
  const Index left = value(condition.left, letters, at), right = value(condition.right, letters, at);
  if (condition.comparison == "<") return left < right;
  if (condition.comparison == "<=") return left <= right;
  if (condition.comparison == ">") return left > right;
  if (condition.comparison == ">=") return left >= right;
  if (condition.comparison == "==") return left == right;
  return left != right;
}

// Names the first row, along `axis`, of which the mask keeps nothing.
void require_entry_in_each_row(const BlockText& block, const Factor& use, const Shape& shape, const Letters& letters,
                               std::size_t axis, const std::vector<double>& mask) {
  Index stride = 1;  // of `axis`
  for (std::size_t i = axis + 1; i < shape.size(); ++i) stride *= shape[i];
  for (Index row = 0; row < extent_product(shape); ++row) {
    if (row / stride % shape[axis] != 0) continue;
    double kept = 0.0;
    for (Index entry = 0; entry < shape[axis]; ++entry) kept += mask[static_cast<std::size_t>(row + entry * stride)];
    if (kept > 0.0) continue;
    std::string at;
    Index rest = row;
    for (std::size_t i = shape.size(); i-- > 0; rest /= shape[i])
      if (i != axis) at = letters[i] + "=" + std::to_string(rest % shape[i]) + (at.empty() ? "" : ", ") + at;
    block.fail(use.where[0].place, "the condition leaves no '" + letters[axis] + "' to take the softmax over" +
                                       (at.empty() ? "" : " at " + at) + ": each row must keep an entry");
  }
}

constexpr Index kMostMasked = 1'000'000'000;

// The 0/1 mask of the conditions over all axes of the scores.
NodeId condition_mask(const BlockText& block, Graph& graph, const Factor& use, const Shape& shape,
                      const Letters& letters, std::size_t axis) {
  if (extent_product(shape) > kMostMasked)
    block.fail(use.where[0].place, "the condition is looked up for " + shape_text(shape) +
                                       " entries, more than 10^9: choose smaller extents");
  std::vector<double> mask;
  mask.reserve(static_cast<std::size_t>(extent_product(shape)));
  Shape at(shape.size(), 0);
  for (Index flat = 0; flat < extent_product(shape); ++flat) {
    const bool kept = std::all_of(use.where.begin(), use.where.end(),
                                  [&](const Condition& condition) { return holds(condition, letters, at); });
    mask.push_back(kept ? 1.0 : 0.0);
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (++at[i] < shape[i]) break;
      at[i] = 0;
    }
  }
  require_entry_in_each_row(block, use, shape, letters, axis, mask);
  return graph.constant(shape, std::move(mask));
}

bool is_top_k_mask(const Graph& graph, NodeId node) {
  const Node& mask = graph[node];
  if (mask.op == Op::contract && mask.operands.size() == 1 && mask.coefficients[0] == 1.0)
    return is_top_k_mask(graph, mask.operands[0].node);
  return mask.op == Op::top_k;
}

NodeId softmax(const BlockText& block, Graph& graph, const Factor& use, NodeId scores, const Letters& letters,
               NodeId mask) {
  const std::size_t axis = position(letters, use.axes[0].letter);
  if (use.mask) {
    if (!is_top_k_mask(graph, mask))
      block.fail(
          use.mask->place,
          "'" + use.mask->name + "' is no mask: 'where m[e]' takes a tensor defined as m[e] = top_k[e](s[e], k=2)");
    return masked_softmax(graph, scores, axis, mask);
  }
  if (use.where.empty()) return graph.softmax(scores, static_cast<Index>(axis));
  const Shape shape = graph[scores].shape;
  return graph.softmax(scores, static_cast<Index>(axis), condition_mask(block, graph, use, shape, letters, axis));
}

Number base_option(const BlockText& block, const Factor& use) {
  const Number base = number_option(use, "base");
  if (!(base > 0.0)) block.fail(written(use, "base")->place, "the base of '" + use.function + "' is a number above 0");
  return base;
}

Number eps_option(const BlockText& block, const Factor& use) {
  const Number eps = number_option(use, "eps");
  if (!(eps >= 0.0)) block.fail(written(use, "eps")->place, "eps of '" + use.function + "' is a number from 0 on");
  return eps;
}

NodeId rotate(const BlockText& block, Graph& graph, const Factor& use, NodeId argument,
              const std::vector<std::size_t>& axes) {
  const Index width = graph[argument].shape[axes[1]];
  if (width % 2 != 0)
    block.fail(use.axes[1].place, "'rotate' turns pairs of columns, but index '" + use.axes[1].letter +
                                      "' has extent " + std::to_string(width) + ": it must be even");
  const Pairing pairing = written(use, "pairing")->word == "half" ? Pairing::half : Pairing::interleaved;
  return rotate(graph, argument, axes[0], axes[1], base_option(block, use), pairing);
}

NodeId top_k(const BlockText& block, Graph& graph, const Factor& use, NodeId argument, std::size_t axis) {
  const Option& k = *written(use, "k");
  const Index extent = graph[argument].shape[axis], wanted = static_cast<Index>(k.number);
  if (wanted < 1 || wanted > extent)
    block.fail(k.place, "k=" + std::to_string(wanted) + " of 'top_k', but index '" + use.axes[0].letter +
                            "' has extent " + std::to_string(extent) + ": k is from 1 to " + std::to_string(extent));
  return graph.top_k(argument, static_cast<Index>(axis), wanted);
}

}  // namespace

NodeId call(const BlockText& block, Graph& graph, const Factor& use, NodeId argument, const Letters& letters,
            NodeId mask) {
  std::vector<std::size_t> axes;
  for (const IndexUse& index : use.axes) axes.push_back(position(letters, index.letter));
  if (use.function == "softmax") return softmax(block, graph, use, argument, letters, mask);
  if (use.function == "rms_norm") return rms_norm(graph, argument, axes, eps_option(block, use));
  if (use.function == "layer_norm") return layer_norm(graph, argument, axes, eps_option(block, use));
  if (use.function == "rotate") return rotate(block, graph, use, argument, axes);
  if (use.function == "top_k") return top_k(block, graph, use, argument, axes[0]);
  throw std::logic_error("no function " + use.function);
}

NodeId generated(const BlockText& block, Graph& graph, const Factor& use, const Shape& shape) {
  return sinusoid(graph, shape[0], shape[1], base_option(block, use));
}

}  // namespace invar
