#include "tensor/sample_axis.h"

#include <stdexcept>

#include "tensor/rebuild.h"

namespace invar {
namespace {

// The sample axis is label 0, all others move up by one.
constexpr Label kSample = 0;

std::vector<Label> moved_up(const std::vector<Label>& labels, bool with_sample) {
  std::vector<Label> result;
  if (with_sample) result.push_back(kSample);
  for (const Label label : labels) result.push_back(static_cast<Label>(label + 1));
  return result;
}

class Rebuild {
 public:
  Rebuild(const Graph& from, Index samples) : from_(from), samples_(samples) {}

  NodeId operator()(Graph& to, NodeId id, const std::vector<NodeId>& operands) const {
    const Node& node = from_[id];
    const auto shape = [&](const Node& of) {
      Shape result = of.shape;
      if (of.batched) result.insert(result.begin(), samples_);
      return result;
    };
    const auto uses = [&] {
      std::vector<Operand> result;
      for (std::size_t i = 0; i < operands.size(); ++i)
        result.push_back({operands[i], moved_up(node.operands[i].labels, from_[node.operands[i].node].batched)});
      return result;
    };
    const Index first = node.batched ? 1 : 0;
    switch (node.op) {
      case Op::variable: {
        if (node.batched) throw std::logic_error("a variable with a value for each sample has no sample axis");
        return to.variable({node.name, node.shape, node.offset, extent_product(node.shape)}, node.slot);
      }
      case Op::sample:
        return to.sample(static_cast<SampleLeaf>(node.slot), node.name, shape(node), false);
      case Op::constant:
        return to.constant(node.shape, node.values);
      case Op::contract:
        return to.contract(uses(), moved_up(node.labels, node.batched), shape(node), node.coefficients[0]);
      case Op::combine: {
        std::vector<Number> factors(node.coefficients.begin(), node.coefficients.end() - 1);
        return to.combine(uses(), std::move(factors), moved_up(node.labels, node.batched), shape(node),
                          node.coefficients.back());
      }
      case Op::apply:
        return to.apply(node.function, operands[0]);
      case Op::softmax:
        return to.softmax(operands[0], node.axis + first, operands.size() == 2 ? operands[1] : kNoNode);
      case Op::log_sum_exp:
        return to.log_sum_exp(operands[0], node.axis + (from_[node.operands[0].node].batched ? 1 : 0));
      case Op::top_k:
        return to.top_k(operands[0], node.axis + first, node.k);
      case Op::one_hot:
        return to.one_hot(operands[0], node.k);
      case Op::reshape:
        return to.reshape(operands[0], shape(node));
      case Op::routes:
        break;  // comes after this
    }
    throw std::logic_error("an operation without a sample axis");
  }

 private:
  const Graph& from_;
  Index samples_;
};

}  // namespace

GraphWithRequests with_sample_axis(const Graph& graph, const std::vector<Request>& requests, Index samples) {
  for (const Request& request : requests)
    if (request.node != kNoNode && graph[request.node].batched)
      throw std::logic_error("a value for each sample is requested of a graph with a sample axis");
  return rebuild(graph, requests, Rebuild(graph, samples));
}

}  // namespace invar
