#include "tensor/plan_choice.h"

#include <algorithm>
#include <map>

namespace invar {
namespace {

// Extent and strides of every label. A label on two axes of a tensor, a diagonal, has the sum of their strides.
void add(const std::vector<Label>& labels, const Shape& shape, Index Loop::*stride, std::map<Label, Loop>& loops) {
  Index step = 1;
  for (std::size_t axis = labels.size(); axis-- > 0;) {
    Loop& loop = loops[labels[axis]];
    loop.extent = shape[axis];
    loop.*stride += step;
    step *= shape[axis];
  }
}

}  // namespace

ChoiceKernel choice_kernel(const Graph& graph, NodeId id, int one_hot) {
  const Node& node = graph[id];
  const Operand& choice = node.operands[static_cast<std::size_t>(one_hot)];
  const Operand& other = node.operands[static_cast<std::size_t>(1 - one_hot)];
  const Node& vectors = graph[choice.node];
  const Label chosen = choice.labels.back();

  std::map<Label, Loop> loops;
  add(node.labels, node.shape, &Loop::out, loops);
  add(other.labels, graph[other.node].shape, &Loop::b, loops);
  add({choice.labels.begin(), choice.labels.end() - 1}, graph[vectors.operands[0].node].shape, &Loop::a, loops);

  ChoiceKernel kernel;
  kernel.scale = node.coefficients[0];
  kernel.extent = vectors.k;
  kernel.elements = extent_product(node.shape);
  if (const auto along = loops.find(chosen); along != loops.end()) {
    kernel.other_stride = along->second.b;
    kernel.out_stride = along->second.out;
    loops.erase(along);
  }
  for (const auto& [label, loop] : loops)
    if (loop.extent > 1) kernel.loops.push_back(loop);
  // The innermost loop runs along `out`.
  std::stable_sort(kernel.loops.begin(), kernel.loops.end(),
                   [](const Loop& x, const Loop& y) { return std::max(x.out, x.b) > std::max(y.out, y.b); });
  return kernel;
}

}  // namespace invar
