#include "law/general_law.h"

#include <algorithm>

#include "tensor/derivative.h"

namespace invar {
namespace {

std::shared_ptr<const KernelPlan> value_plan(const Block& block, const Law& law) {
  return std::make_shared<const KernelPlan>(make_plan(block.graph, {{law.node, 0, 0, 0}}));
}

/// The gradient of Σ_c s_c h_c, s in flat vector 1: one plan for all components.
std::shared_ptr<const KernelPlan> gradient_plan(const Block& block, const Law& law) {
  Graph graph = block.graph;
  const Index count = extent_product(graph[law.node].shape);
  const NodeId flat = graph.reshape(law.node, {count});
  const NodeId chosen = graph.variable({"component", {count}, 0, count}, 1);
  const NodeId component = graph.contract({{flat, {0}}, {chosen, {0}}}, {}, {});
  const std::vector<NodeId> slopes = invar::gradient(graph, component, block.parameter_nodes);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    const Tensor& tensor = block.parameters.tensors()[i];
    requests.push_back({slopes[i], 0, tensor.offset, tensor.size});
  }
  return std::make_shared<const KernelPlan>(make_plan(graph, requests));
}

}  // namespace

GeneralLaw::GeneralLaw(const Block& block, const Law& law)
    : components_(extent_product(block.graph[law.node].shape)),
      chosen_(static_cast<std::size_t>(components_), 0.0),
      value_(value_plan(block, law), 1),
      gradient_(gradient_plan(block, law), 1) {}

void GeneralLaw::value(const double* theta, double* out) {
  value_.set_variable(0, theta);
  value_.set_output(0, out);
  value_.run();
}

void GeneralLaw::gradient(Index c, const double* theta, double* out) {
  std::fill(chosen_.begin(), chosen_.end(), 0.0);
  chosen_[static_cast<std::size_t>(c)] = 1.0;
  gradient_.set_variable(0, theta);
  gradient_.set_variable(1, chosen_.data());
  gradient_.set_output(0, out);
  gradient_.run();
}

std::vector<std::string> component_names(const Block& block, const Law& law) {
  const Shape& shape = block.graph[law.node].shape;
  std::vector<std::string> names;
  for (Index c = 0; c < extent_product(shape); ++c) {
    std::string name;
    Index rest = c;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      name = std::to_string(rest % shape[axis]) + (name.empty() ? "" : ",") + name;
      rest /= shape[axis];
    }
    names.push_back(name);
  }
  return names;
}

}  // namespace invar
