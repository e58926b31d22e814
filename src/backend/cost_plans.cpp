#include "backend/cost_plans.h"

#include "tensor/axis_order.h"
#include "tensor/derivative.h"
#include "tensor/product_cost.h"
#include "tensor/routed_rows.h"

namespace invar {
namespace {

// What products with the samples innermost take beyond their operations at full speed, where all lanes hold samples.
// Those of which everything has a sample axis have no operand that a register holds for many lanes. Measured: wide and
// innermost are equal at swiglu 128/512 and at attention of 64 tokens with 4 heads of 16.
constexpr double kWithWeights = 1.25;
constexpr double kSamplesAlone = 2.5;

double innermost_nanoseconds(const KernelPlan& plan) {
  double total = 0.0;
  for (const ProductKernel& kernel : plan.products) {
    if (!kernel.b.batched) continue;
    double operations = 2.0 * static_cast<double>(kernel.rows.extent * kernel.columns.extent * kernel.sum.extent);
    for (const auto* loops : {&kernel.outer, &kernel.outer_sum})
      for (const Loop& loop : *loops) operations *= static_cast<double>(loop.extent);
    total += operations * (kernel.a.batched && kernel.out.batched ? kSamplesAlone : kWithWeights);
  }
  return total / kOperationsPerNanosecond;
}

}  // namespace

WidePlans::WidePlans(Graph graph, std::vector<Request> gradient, std::vector<Request> hessian,
                     std::vector<Request> cost)
    : graph_(std::move(graph)), requests_{std::move(gradient), std::move(hessian), std::move(cost)} {}

WidePlans::Plan WidePlans::made(int which, Index samples, Experts experts) const {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const KernelPlan>& plan = plans_[{which, samples, experts}];
  if (!plan) {
    const GraphWithRequests visible = with_sample_axis(graph_, requests_[which], samples);
    const GraphWithRequests taken =
        experts == Experts::all ? visible : with_routed_rows(visible.graph, visible.requests);
    const GraphWithRequests ordered = with_best_axis_order(taken.graph, taken.requests);
    plan = std::make_shared<const KernelPlan>(make_plan(ordered.graph, ordered.requests));
  }
  return plan;
}

bool CostPlans::wide_pays(Index chunk, Index lanes, Index samples) const {
  double outermost = 0.0;
  for (const ProductKernel& product : wide->gradient(chunk)->products) outermost += product_nanoseconds(product);
  // Lanes that hold no sample are worked on all the same.
  const double padding = static_cast<double>((samples + lanes - 1) / lanes * lanes) / static_cast<double>(samples);
  return outermost / static_cast<double>(chunk) < padding * innermost_nanoseconds(*gradient);
}

namespace {

/// The cost of a block in a graph of its own, and what is asked of it.
struct CostGraph {
  CostGraph(const Block& block, Loss loss) : graph(block.graph) {
    const NodeId cost = append_cost(graph, block.output, loss);
    const std::vector<NodeId> slopes = invar::gradient(graph, cost, block.parameter_nodes);
    const std::vector<NodeId> each = sample_gradients(graph, cost, block.parameter_nodes);
    std::vector<NodeId> directions;
    for (const Tensor& tensor : block.parameters.tensors()) directions.push_back(graph.variable(tensor, 1));
    const auto requests = [&](const std::vector<NodeId>& nodes) {
      std::vector<Request> result;
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Tensor& tensor = block.parameters.tensors()[i];
        result.push_back({nodes[i], 0, tensor.offset, tensor.size});
      }
      return result;
    };
    value = {{cost, 1, 0, 1}};
    gradient = requests(slopes);
    gradient.push_back(value.front());
    hessian = requests(forward_derivative(graph, slopes, block.parameter_nodes, directions));
    each_sample = requests(each);
  }

  Graph graph;
  std::vector<Request> value, gradient, hessian, each_sample;
};

CostPlans wide_of(const CostGraph& of, const Block& block, Loss loss) {
  CostPlans plans;
  plans.wide = std::make_shared<const WidePlans>(of.graph, of.gradient, of.hessian, of.value);
  plans.parameters = block.parameters.size();
  plans.input_elements = extent_product(of.graph[block.input].shape);
  plans.target_elements = extent_product(target_shape(of.graph[block.output].shape, loss));
  return plans;
}

}  // namespace

CostPlans plan_wide_cost(const Block& block, Loss loss) {
  return wide_of(CostGraph(block, loss), block, loss);
}

CostPlans plan_cost(const Block& block, Loss loss) {
  const CostGraph of(block, loss);
  const auto made = [&](const std::vector<Request>& requests) {
    return std::make_shared<const KernelPlan>(make_plan(of.graph, requests));
  };
  CostPlans plans = wide_of(of, block, loss);
  plans.gradient = made(of.gradient);
  plans.hessian = made(of.hessian);
  plans.cost = made(of.value);
  plans.each_sample = made(of.each_sample);
  return plans;
}

}  // namespace invar
