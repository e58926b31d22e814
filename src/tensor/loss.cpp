#include "tensor/loss.h"

namespace invar {

std::string_view to_string(Loss loss) {
  return loss == Loss::squared ? "squared" : "cross-entropy";
}

Shape target_shape(const Shape& output, Loss loss) {
  Shape shape = output;
  if (loss == Loss::label_cross_entropy) shape.pop_back();
  return shape;
}

NodeId append_cost(Graph& graph, NodeId output, Loss loss) {
  const Shape shape = graph[output].shape;
  NodeId target = graph.sample(SampleLeaf::target, "y", target_shape(shape, loss));
  if (loss == Loss::label_cross_entropy) target = graph.one_hot(target, shape.back());
  const NodeId weight = graph.sample(SampleLeaf::weight, "weight", {});
  const Operand whole = graph.whole(output);
  NodeId sample_loss = kNoNode;
  if (loss == Loss::squared) {
    const NodeId error = graph.combine({whole, graph.whole(target)}, {1.0, -1.0}, whole.labels, shape);
    sample_loss = graph.contract({graph.whole(error), graph.whole(error)}, {}, {}, 0.5);
  } else {
    const auto classes = static_cast<Index>(shape.size()) - 1;
    const double positions = static_cast<double>(extent_product(shape) / shape.back());
    // log Σ exp z − z·y, where y sums to 1. Written with (Σ y) log Σ exp z it would also hold for other targets, and
    // its gradient would no longer be softmax − y to the last bit.
    const NodeId log_partition = graph.log_sum_exp(output, classes);
    const NodeId partition = graph.contract({graph.whole(log_partition)}, {}, {}, 1.0 / positions);
    const NodeId score = graph.contract({whole, graph.whole(target)}, {}, {}, 1.0 / positions);
    sample_loss = graph.combine({graph.whole(partition), graph.whole(score)}, {1.0, -1.0}, {}, {});
  }
  return graph.contract({graph.whole(sample_loss), graph.whole(weight)}, {}, {}, 1.0, true);
}

}  // namespace invar
