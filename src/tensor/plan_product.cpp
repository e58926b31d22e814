#include "tensor/plan_product.h"

#include <algorithm>
#include <map>

namespace invar {
namespace {

// Stride of each label in a row-major tensor; a label on two axes (a diagonal) has the sum of their strides.
std::map<Label, Index> label_strides(const std::vector<Label>& labels, const Shape& shape) {
  std::map<Label, Index> strides;
  Index stride = 1;
  for (std::size_t axis = labels.size(); axis-- > 0;) {
    strides[labels[axis]] += stride;
    stride *= shape[axis];
  }
  return strides;
}

Index stride_of(const std::map<Label, Index>& strides, Label label) {
  const auto found = strides.find(label);
  return found == strides.end() ? 0 : found->second;
}

// Merges loops that lie one behind the other in all operands, innermost first.
std::vector<Loop> merged(std::vector<Loop> loops) {
  std::erase_if(loops, [](const Loop& loop) { return loop.extent == 1; });
  std::sort(loops.begin(), loops.end(), [](const Loop& x, const Loop& y) {
    return std::max({x.out, x.a, x.b}) > std::max({y.out, y.a, y.b});
  });
  std::vector<Loop> result;
  for (const Loop& loop : loops) {
    if (!result.empty()) {
      Loop& outer = result.back();
      if (outer.a == loop.a * loop.extent && outer.b == loop.b * loop.extent && outer.out == loop.out * loop.extent) {
        outer = {outer.extent * loop.extent, loop.a, loop.b, loop.out};
        continue;
      }
    }
    result.push_back(loop);
  }
  return result;
}

// Takes the longest loop out; the others stay.
Loop take_longest(std::vector<Loop>& loops) {
  if (loops.empty()) return {};
  const auto longest =
      std::max_element(loops.begin(), loops.end(), [](const Loop& x, const Loop& y) { return x.extent < y.extent; });
  const Loop loop = *longest;
  loops.erase(longest);
  return loop;
}

}  // namespace

namespace {

/// `apart`: labels whose loops are left to the caller, in their order.
ProductKernel loops_but(const std::vector<Label>& apart, std::vector<Loop>& left, const std::optional<LabelledShape>& a,
                        const LabelledShape& b, const LabelledShape& out) {
  std::map<Label, Index> extents, strides[2];
  const auto see = [&extents](const LabelledShape& operand) {
    for (std::size_t axis = 0; axis < operand.shape.size(); ++axis) extents[operand.labels[axis]] = operand.shape[axis];
    return label_strides(operand.labels, operand.shape);
  };
  if (a) strides[0] = see(*a);
  strides[1] = see(b);
  const std::map<Label, Index> out_strides = see(out);

  const auto loop_of = [&](Label label) {
    return Loop{extents.at(label), stride_of(strides[0], label), stride_of(strides[1], label),
                stride_of(out_strides, label)};
  };
  for (const Label label : apart) left.push_back(loop_of(label));

  ProductKernel kernel;
  std::vector<Loop> rows, columns, sums;
  for (const auto& [label, extent] : extents) {
    if (std::find(apart.begin(), apart.end(), label) != apart.end()) continue;
    const bool in_a = strides[0].contains(label), in_b = strides[1].contains(label),
               in_out = out_strides.contains(label);
    const Loop loop = loop_of(label);
    if (!in_out)
      sums.push_back(loop);
    else if (in_a && in_b)
      kernel.outer.push_back(loop);
    else if (in_b)
      columns.push_back(loop);
    else
      rows.push_back(loop);  // in a, or broadcast (stride 0 in both)
  }
  rows = merged(std::move(rows));
  columns = merged(std::move(columns));
  sums = merged(std::move(sums));
  kernel.rows = take_longest(rows);
  kernel.columns = take_longest(columns);
  kernel.sum = take_longest(sums);
  kernel.outer.insert(kernel.outer.end(), rows.begin(), rows.end());
  kernel.outer.insert(kernel.outer.end(), columns.begin(), columns.end());
  kernel.outer = merged(std::move(kernel.outer));
  kernel.outer_sum = std::move(sums);
  return kernel;
}

}  // namespace

ProductKernel product_loops(const std::optional<LabelledShape>& a, const LabelledShape& b, const LabelledShape& out) {
  std::vector<Loop> none;
  return loops_but({}, none, a, b, out);
}

ProductKernel stretched_loops(const LabelledShape& a, const LabelledShape& b, const LabelledShape& out,
                              const std::vector<Label>& one_hot) {
  std::vector<Loop> left;
  ProductKernel kernel = loops_but(one_hot, left, a, b, out);
  kernel.entries = left[1];
  const bool summed = std::find(out.labels.begin(), out.labels.end(), one_hot[0]) == out.labels.end();
  kernel.stretched = summed ? ProductSide::sum : ProductSide::rows;
  // The loop that stood in its place is walked outside.
  Loop& stretched = summed ? kernel.sum : kernel.rows;
  if (stretched.extent > 1) (summed ? kernel.outer_sum : kernel.outer).push_back(stretched);
  stretched = left[0];
  return kernel;
}

int rows_of_stretches(const Node& node) {
  const std::vector<Label>& labels = node.operands[0].labels;
  return std::find(labels.begin(), labels.end(), node.operands[2].labels[0]) != labels.end() ? 0 : 1;
}

namespace {

/// Which of the kernel's loops is one over this label and nothing else.
ProductSide side_of(const ProductKernel& kernel, const LabelledShape& a, const LabelledShape& b,
                    const LabelledShape& out, Label label) {
  Loop own;
  const auto stride = [&](const LabelledShape& operand) {
    for (std::size_t axis = 0; axis < operand.labels.size(); ++axis)
      if (operand.labels[axis] == label) own.extent = operand.shape[axis];
    return stride_of(label_strides(operand.labels, operand.shape), label);
  };
  own.a = stride(a);
  own.b = stride(b);
  own.out = stride(out);
  const auto is = [&own](const Loop& loop) {
    return loop.extent == own.extent && loop.a == own.a && loop.b == own.b && loop.out == own.out;
  };
  return is(kernel.rows)      ? ProductSide::rows
         : is(kernel.columns) ? ProductSide::columns
         : is(kernel.sum)     ? ProductSide::sum
                              : ProductSide::none;
}

}  // namespace

ProductKernel product_kernel(const Graph& graph, const Patterns& triangles, NodeId id, int order[2]) {
  const Node& node = graph[id];
  order[0] = 0;
  order[1] = node.operands.size() >= 2 ? 1 : -1;
  if (node.operands.size() == 3 && rows_of_stretches(node) == 1) std::swap(order[0], order[1]);
  if (order[1] == 1 && graph[node.operands[0].node].batched && !graph[node.operands[1].node].batched)
    std::swap(order[0], order[1]);
  // A single operand is b, beside a = 1: its axes are columns.
  if (order[1] == -1) std::swap(order[0], order[1]);
  const auto operand = [&](int side) {
    const Operand& use = node.operands[static_cast<std::size_t>(order[side])];
    return LabelledShape{graph[use.node].shape, use.labels};
  };
  std::optional<LabelledShape> a;
  if (order[0] >= 0) a = operand(0);
  const bool stretched = node.operands.size() == 3;
  ProductKernel kernel = stretched ? stretched_loops(*a, operand(1), {node.shape, node.labels}, node.operands[2].labels)
                                   : product_loops(a, operand(1), {node.shape, node.labels});
  kernel.scale = node.coefficients[0];
  if (!a || stretched) return kernel;
  const LabelledShape b = operand(1), out{node.shape, node.labels};
  const auto apply = [&](const std::optional<Pattern>& triangle, const std::vector<Label>& labels) {
    if (!triangle || kernel.low != ProductSide::none) return;
    const ProductSide low = side_of(kernel, *a, b, out, labels[triangle->axes[0]]),
                      high = side_of(kernel, *a, b, out, labels[triangle->axes[1]]);
    if (low == ProductSide::none || high == ProductSide::none) return;
    kernel.low = low;
    kernel.high = high;
  };
  apply(triangles.wanted[static_cast<std::size_t>(id)], node.labels);
  for (const Operand& use : node.operands) apply(triangles.zero[static_cast<std::size_t>(use.node)], use.labels);
  return kernel;
}

}  // namespace invar
