// The laws of every block of the registry and of every text hold on the gradient of every single sample; controls and
// claims do not. ∇h comes from the graph here, by the same derivative rules as the cost's gradient and by no code of
// src/law.
#include <catch2/catch.hpp>

#include "tensor/derivative.h"
#include "tests/models/small_block.h"

namespace invar {
namespace {

/// Gradients of every component of a law at θ.
std::vector<std::vector<double>> law_gradients(const SmallBlock& small, const Law& law) {
  Graph graph = small.block.graph;
  const Shape shape = graph[law.node].shape;
  const Index components = extent_product(shape);
  const NodeId flat = graph.reshape(law.node, {components});
  std::vector<std::vector<double>> gradients;
  for (Index c = 0; c < components; ++c) {
    std::vector<double> one(static_cast<std::size_t>(components), 0.0);
    one[static_cast<std::size_t>(c)] = 1.0;
    const NodeId component = graph.contract({{flat, {0}}, {graph.constant({components}, one), {0}}}, {}, {});
    const std::vector<NodeId> slopes = gradient(graph, component, small.block.parameter_nodes);
    std::vector<Request> requests;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      const Tensor& tensor = small.block.parameters.tensors()[i];
      requests.push_back({slopes[i], 0, tensor.offset, tensor.size});
    }
    HostExecutor<double> executor(std::make_shared<const KernelPlan>(make_plan(graph, requests)), 1);
    gradients.emplace_back(small.theta.size());
    executor.set_variable(0, small.theta.data());
    executor.set_output(0, gradients.back().data());
    executor.run();
  }
  return gradients;
}

std::vector<std::vector<double>> sample_gradients(const SmallBlock& small) {
  Objective<double> objective(small.plans, small.samples, 1);
  std::vector<std::vector<double>> gradients;
  for (Index s = 0; s < small.samples.count; ++s) {
    gradients.emplace_back(small.theta.size());
    objective.evaluate(small.theta.data(), std::span(&s, 1), gradients.back().data());
  }
  return gradients;
}

/// max_i |∇h·g_i| / (‖∇h‖ max_i ‖g_i‖), restricted to the parameters where ∇h is not zero.
double defect(const std::vector<double>& slope, const std::vector<std::vector<double>>& gradients) {
  double size = 0.0, along = 0.0, longest = 0.0;
  for (const double value : slope) size += value * value;
  for (const std::vector<double>& g : gradients) {
    double dot = 0.0, squared = 0.0;
    for (std::size_t i = 0; i < g.size(); ++i) {
      dot += slope[i] * g[i];
      if (slope[i] != 0.0) squared += g[i] * g[i];
    }
    along = std::max(along, std::abs(dot));
    longest = std::max(longest, squared);
  }
  return longest > 0.0 ? along / std::sqrt(size * longest) : 0.0;  // parameters that no gradient reaches are frozen
}

/// The worst defect over the components of a law, and over those of a control or claim too: one that moves is enough.
double worst_defect(const SmallBlock& small, const Law& law) {
  const auto gradients = sample_gradients(small);
  double worst = 0.0;
  for (const auto& slope : law_gradients(small, law)) worst = std::max(worst, defect(slope, gradients));
  return worst;
}

}  // namespace

TEST_CASE("laws are orthogonal to every sample's gradient, controls and claims are not") {
  std::uint64_t seed = 400;
  for (const CostCase& which : cost_cases()) {
    const SmallBlock small = small_block(which, ++seed, 8);
    for (const Law& law : small.block.laws) {
      CAPTURE(which.name, law.name);
      const double worst = worst_defect(small, law);
      if (law.kind == LawKind::law)
        CHECK(worst < 1e-12);
      else
        CHECK(worst > 1e-4);
    }
  }
}

TEST_CASE("a false law in a text of one's own is found out") {
  CostCase which{"false law", text_of("linear_attention.txt"), {}, Loss::squared};
  which.text += "\nlaw wrong[h] = Q[h d a] Q[h d a] - O[h a d] O[h a d] + 0.01 K[h d a] K[h d a]\n";
  which.known.shapes["x"] = {4, 3};
  const SmallBlock small = small_block(which, 7, 8);
  CHECK(small.block.laws.back().name == "wrong");
  CHECK(worst_defect(small, small.block.laws.back()) > 1e-4);
}

}  // namespace invar
