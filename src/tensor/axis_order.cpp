// The choice (axis_choice.h) put into effect, node by node.
#include "tensor/axis_order.h"

#include <algorithm>
#include <numeric>

#include "tensor/axis_choice.h"
#include "tensor/rebuild.h"

namespace invar {
namespace {

template <class T>
std::vector<T> permuted(const std::vector<T>& values, const AxisMap& order) {
  std::vector<T> result;
  for (const int axis : order) result.push_back(values[static_cast<std::size_t>(axis)]);
  return result;
}

class Reorder {
 public:
  Reorder(const Graph& from, const AxisChoice& choice) : from_(from), choice_(choice) {}

  NodeId operator()(Graph& to, NodeId id, const std::vector<NodeId>& operands) const {
    const Node& node = from_[id];
    const AxisMap own = choice_.order(id);
    const auto uses = [&] {
      std::vector<Operand> result;
      for (std::size_t i = 0; i < operands.size(); ++i) {
        const Operand& use = node.operands[i];
        result.push_back(from_[use.node].op == Op::constant
                             ? constant_in_order(to, from_[use.node], use.labels, permuted(node.labels, own))
                             : Operand{operands[i], permuted(use.labels, choice_.order(use.node))});
      }
      return result;
    };
    const auto aligned = [&](std::size_t i) {
      return in_order(to, operands[i], choice_.order(node.operands[i].node), own);
    };
    const auto at = [&own](Index axis) {
      return static_cast<Index>(std::find(own.begin(), own.end(), static_cast<int>(axis)) - own.begin());
    };
    switch (node.op) {
      case Op::variable:
        return to.variable({node.name, node.shape, node.offset, extent_product(node.shape)}, node.slot);
      case Op::sample:
        return to.sample(static_cast<SampleLeaf>(node.slot), node.name, node.shape, false);
      case Op::constant:
        return to.constant(node.shape, node.values);
      case Op::contract:
        return to.contract(uses(), permuted(node.labels, own), permuted(node.shape, own), node.coefficients[0]);
      case Op::combine: {
        std::vector<Number> factors(node.coefficients.begin(), node.coefficients.end() - 1);
        return to.combine(uses(), std::move(factors), permuted(node.labels, own), permuted(node.shape, own),
                          node.coefficients.back());
      }
      case Op::apply:
        return to.apply(node.function, aligned(0));
      case Op::top_k:
        return to.top_k(aligned(0), at(node.axis), node.k);
      case Op::softmax: {
        if (operands.size() == 1) return to.softmax(aligned(0), at(node.axis));
        const Node& mask = from_[node.operands[1].node];
        return to.softmax(aligned(0), at(node.axis),
                          mask.op == Op::constant ? repeated(to, mask, node, own) : aligned(1));
      }
      case Op::log_sum_exp: {
        const AxisMap lying = choice_.order(node.operands[0].node);
        const auto position = std::find(lying.begin(), lying.end(), static_cast<int>(node.axis)) - lying.begin();
        AxisMap without;
        for (const int axis : lying)
          if (axis != static_cast<int>(node.axis))
            without.push_back(axis - (axis > static_cast<int>(node.axis) ? 1 : 0));
        return in_order(to, to.log_sum_exp(operands[0], position), without, own);
      }
      case Op::routes:
        return to.routes(in_order(to, operands[0], choice_.order(node.operands[0].node), {0, 1}), node.k, node.slot);
      case Op::one_hot:
      case Op::reshape: {
        const Shape& shape = from_[node.operands[0].node].shape;
        AxisMap plain(shape.size()), result(node.shape.size());
        std::iota(plain.begin(), plain.end(), 0);
        std::iota(result.begin(), result.end(), 0);
        const NodeId as_written = in_order(to, operands[0], choice_.order(node.operands[0].node), plain);
        return in_order(to,
                        node.op == Op::reshape ? to.reshape(as_written, node.shape) : to.one_hot(as_written, node.k),
                        result, own);
      }
    }
    return kNoNode;
  }

  /// A value that lies in one order, in another.
  static NodeId in_order(Graph& graph, NodeId node, const AxisMap& lies, const AxisMap& wanted) {
    if (lies == wanted) return node;
    std::vector<Label> from(lies.begin(), lies.end()), out(wanted.begin(), wanted.end());
    Shape shape;
    for (const int axis : wanted)
      shape.push_back(
          graph[node].shape[static_cast<std::size_t>(std::find(lies.begin(), lies.end(), axis) - lies.begin())]);
    return graph.contract({{node, std::move(from)}}, std::move(out), std::move(shape));
  }

 private:
  /// A constant with its axes in the order of the output's, those that are summed first.
  static Operand constant_in_order(Graph& to, const Node& constant, const std::vector<Label>& labels,
                                   const std::vector<Label>& out) {
    const auto place = [&out](Label label) {
      const auto found = std::find(out.begin(), out.end(), label);
      return found == out.end() ? -1 : static_cast<int>(found - out.begin());
    };
    AxisMap order(labels.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return place(labels[static_cast<std::size_t>(a)]) < place(labels[static_cast<std::size_t>(b)]);
    });
    std::vector<Index> stride(labels.size());
    Index step = 1;
    for (std::size_t axis = labels.size(); axis-- > 0; step *= constant.shape[axis]) stride[axis] = step;
    const Shape shape = permuted(constant.shape, order);
    return {to.constant(shape, gathered(*constant.values, shape, permuted(stride, order))), permuted(labels, order)};
  }

  /// The elements of a tensor of this shape, axis p of which goes through `values` with stride[p].
  static std::vector<double> gathered(const std::vector<double>& values, const Shape& shape,
                                      const std::vector<Index>& stride) {
    std::vector<double> result(static_cast<std::size_t>(extent_product(shape)));
    for (std::size_t e = 0; e < result.size(); ++e) {
      std::size_t rest = e;
      Index from = 0;
      for (std::size_t p = shape.size(); p-- > 0;) {
        const auto extent = static_cast<std::size_t>(shape[p]);
        from += static_cast<Index>(rest % extent) * stride[p];
        rest /= extent;
      }
      result[e] = values[static_cast<std::size_t>(from)];
    }
    return result;
  }

  /// A constant mask whose last axes are those of the scores, in the scores' order: its first axes stay away as long as
  /// the scores have them first.
  static NodeId repeated(Graph& to, const Node& mask, const Node& scores, const AxisMap& own) {
    const std::size_t missing = scores.shape.size() - mask.shape.size();
    std::size_t kept_away = 0;
    while (kept_away < missing && own[kept_away] < static_cast<int>(missing)) ++kept_away;
    Shape shape;
    std::vector<Index> stride;
    for (std::size_t p = kept_away; p < own.size(); ++p) {
      const auto axis = static_cast<std::size_t>(own[p]);
      shape.push_back(scores.shape[axis]);
      Index step = axis < missing ? 0 : 1;
      for (std::size_t later = axis + 1; axis >= missing && later < scores.shape.size(); ++later)
        step *= scores.shape[later];
      stride.push_back(step);
    }
    std::vector<double> values = gathered(*mask.values, shape, stride);
    return to.constant(std::move(shape), std::move(values));
  }

  const Graph& from_;
  const AxisChoice& choice_;
};

}  // namespace

GraphWithRequests with_best_axis_order(const Graph& graph, const std::vector<Request>& requests) {
  const AxisChoice choice(graph, requests);
  GraphWithRequests result = rebuild(graph, requests, Reorder(graph, choice));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].node == kNoNode) continue;
    const AxisMap lies = choice.order(requests[i].node);
    AxisMap plain(lies.size());
    std::iota(plain.begin(), plain.end(), 0);
    result.requests[i].node = Reorder::in_order(result.graph, result.requests[i].node, lies, plain);
  }
  return result;
}

}  // namespace invar
