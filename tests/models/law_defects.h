// How far a law's gradient is from a right angle with the gradients of single samples. ∇h comes from the graph here, by
// the same derivative rules as the cost's gradient and by no code of src/law.
#pragma once

#include "tensor/derivative.h"
#include "tests/models/small_block.h"

namespace invar {

inline Index components_of(const SmallBlock& small, const Law& law) {
  return extent_product(small.block.graph[law.node].shape);
}

/// ∇ Σ_c w_c h_c at θ.
inline std::vector<double> law_gradient(const SmallBlock& small, const Law& law, const std::vector<double>& weights) {
  Graph graph = small.block.graph;
  const Index components = components_of(small, law);
  const NodeId flat = graph.reshape(law.node, {components});
  const NodeId sum = graph.contract({{flat, {0}}, {graph.constant({components}, weights), {0}}}, {}, {});
  const std::vector<NodeId> slopes = gradient(graph, sum, small.block.parameter_nodes);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    const Tensor& tensor = small.block.parameters.tensors()[i];
    requests.push_back({slopes[i], 0, tensor.offset, tensor.size});
  }
  HostExecutor<double> executor(std::make_shared<const KernelPlan>(make_plan(graph, requests)), 1);
  std::vector<double> result(small.theta.size());
  executor.set_variable(0, small.theta.data());
  executor.set_output(0, result.data());
  executor.run();
  return result;
}

inline std::vector<std::vector<double>> sample_gradients(const SmallBlock& small) {
  Objective<double> objective(small.plans, small.samples, 1);
  std::vector<std::vector<double>> gradients;
  for (Index s = 0; s < small.samples.count; ++s) {
    gradients.emplace_back(small.theta.size());
    objective.evaluate(small.theta.data(), std::span(&s, 1), gradients.back().data());
  }
  return gradients;
}

/// max_i |∇h·g_i| / (‖∇h‖ max_i ‖g_i‖), restricted to the parameters where ∇h is not zero; 0 where the gradients there
/// are rounding of what they are elsewhere: frozen parameters.
inline double defect(const std::vector<double>& slope, const std::vector<std::vector<double>>& gradients) {
  constexpr double kRounding = 1e-14;
  double size = 0.0, along = 0.0, longest = 0.0, whole = 0.0;
  for (const double value : slope) size += value * value;
  for (const std::vector<double>& g : gradients) {
    double dot = 0.0, squared = 0.0, all = 0.0;
    for (std::size_t i = 0; i < g.size(); ++i) {
      dot += slope[i] * g[i];
      if (slope[i] != 0.0) squared += g[i] * g[i];
      all += g[i] * g[i];
    }
    along = std::max(along, std::abs(dot));
    longest = std::max(longest, squared);
    whole = std::max(whole, all);
  }
  return longest > kRounding * kRounding * whole ? along / std::sqrt(size * longest) : 0.0;
}

}  // namespace invar
