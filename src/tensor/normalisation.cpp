#include "tensor/normalisation.h"

#include <algorithm>

namespace invar {
namespace {

// The axes of x that stay when `axes` are summed away.
struct Reduction {
  Operand all;
  std::vector<Label> kept;
  Shape shape;
  Index count = 1;  // numbers in a sum
};

Reduction reduction(const Graph& graph, NodeId x, const std::vector<std::size_t>& axes) {
  Reduction result{.all = graph.whole(x), .kept = {}, .shape = {}};
  for (std::size_t axis = 0; axis < graph[x].shape.size(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      result.count *= graph[x].shape[axis];
    } else {
      result.kept.push_back(result.all.labels[axis]);
      result.shape.push_back(graph[x].shape[axis]);
    }
  }
  return result;
}

}  // namespace

NodeId rms_norm(Graph& graph, NodeId x, const std::vector<std::size_t>& axes, Number eps) {
  const Reduction over = reduction(graph, x, axes);
  const NodeId mean_square = graph.contract({over.all, over.all}, over.kept, over.shape, Number::fraction(1, over.count));
  const NodeId inverse = graph.apply(Function::rsqrt, graph.affine(mean_square, 1.0, eps));
  return graph.contract({over.all, {inverse, over.kept}}, over.all.labels, graph[x].shape);
}

NodeId layer_norm(Graph& graph, NodeId x, const std::vector<std::size_t>& axes, Number eps) {
  const Reduction over = reduction(graph, x, axes);
  const NodeId mean = graph.contract({over.all}, over.kept, over.shape, Number::fraction(1, over.count));
  const NodeId centred = graph.combine({over.all, {mean, over.kept}}, {1.0, -1.0}, over.all.labels, graph[x].shape);
  return rms_norm(graph, centred, axes, eps);
}

NodeId extreme(Graph& graph, NodeId x, std::size_t axis, Extreme which) {
  const Reduction over = reduction(graph, x, {axis});
  const NodeId scores = which == Extreme::largest ? x : graph.scale(x, -1.0);
  const NodeId first = graph.top_k(scores, static_cast<Index>(axis), 1);
  return graph.contract({over.all, {first, over.all.labels}}, over.kept, over.shape);
}

NodeId extreme(Graph& graph, const Operand& first, const Operand& second, const std::vector<Label>& labels,
               const Shape& shape, Extreme which) {
  const double sign = which == Extreme::largest ? 1.0 : -1.0;
  const NodeId ahead = graph.combine({second, first}, {sign, -sign}, labels, shape);  // of the second
  const NodeId takes_second = graph.apply(Function::step, ahead);
  const NodeId takes_first = graph.affine(takes_second, -1.0, 1.0);
  return graph.combine({{graph.contract({first, {takes_first, labels}}, labels, shape), labels},
                        {graph.contract({second, {takes_second, labels}}, labels, shape), labels}},
                       {1.0, 1.0}, labels, shape);
}

NodeId masked_softmax(Graph& graph, NodeId scores, std::size_t axis, NodeId weight) {
  const NodeId kept = graph.multiply(graph.softmax(scores, static_cast<Index>(axis)), weight);
  const Reduction over = reduction(graph, kept, {axis});
  const NodeId sum = graph.contract({over.all}, over.kept, over.shape);
  return graph.contract({over.all, {graph.apply(Function::reciprocal, sum), over.kept}}, over.all.labels,
                        graph[kept].shape);
}

}  // namespace invar
