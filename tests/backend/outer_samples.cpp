// Plans of graphs with a visible sample axis, in the axis order that the planner chooses: the same numbers as the
// definition, for random graphs and for every model.
#include <catch2/catch.hpp>

#include "tensor/axis_order.h"
#include "tests/backend/random_graph.h"

using namespace invar;
using namespace invar::oracle;

namespace {

template <class S>
std::vector<S> run_outer(const KernelPlan& plan, const Numbers& theta, const SampleArrays& samples, Index outputs) {
  HostExecutor<S> executor(std::make_shared<const KernelPlan>(plan), 1);
  const auto in = [](const auto& values) { return std::vector<S>(values.begin(), values.end()); };
  const std::vector<S> parameters = in(theta), input = in(samples.input), target = in(samples.target),
                       weight(static_cast<std::size_t>(samples.count), S(1) / static_cast<S>(samples.count));
  std::vector<S> result(static_cast<std::size_t>(outputs), std::numeric_limits<S>::quiet_NaN());
  executor.set_variable(0, parameters.data());
  executor.set_samples(input.data(), target.data(), weight.data(), 1, 1);
  executor.set_output(0, result.data());
  executor.run();
  return result;
}

}  // namespace

TEST_CASE("with a visible sample axis random graphs keep their values") {
  Random random(3);
  for (int trial = 0; trial < 400; ++trial) {
    RandomGraph source(random, 12);
    std::vector<Request> requests;
    Index size = 0;
    for (int i = 0; i < 5; ++i) {
      const NodeId node =
          source.nodes[static_cast<std::size_t>(below(random, static_cast<Index>(source.nodes.size())))];
      if (source.graph[node].batched) continue;
      requests.push_back({node, 0, size, 0});
      size += extent_product(source.graph[node].shape);
    }
    const Index count = 1 + below(random, 20);
    const SampleArrays samples{count, source.input, source.target, normal(random, count * source.input),
                               normal(random, count * source.target)};
    const Numbers theta = normal(random, source.parameters);
    BatchOracle oracle(source.graph, theta, samples);
    const GraphWithRequests visible = with_sample_axis(source.graph, requests, count);
    const GraphWithRequests ordered = with_best_axis_order(visible.graph, visible.requests);
    for (const GraphWithRequests* made : {&visible, &ordered}) {
      CAPTURE(trial, count, made == &ordered);
      const std::vector<double> found = run_outer<double>(make_plan(made->graph, made->requests), theta, samples, size);
      for (const Request& request : requests) {
        const Numbers& expected = oracle.value(request.node);
        double difference = 0.0, largest = 1.0;
        for (std::size_t e = 0; e < expected.size(); ++e) {
          const double number = found[static_cast<std::size_t>(request.offset) + e];
          difference = std::max(difference, std::isnan(number) ? 1e300 : std::abs(number - expected[e]));
          largest = std::max(largest, std::abs(expected[e]));
        }
        CHECK(difference <= 1e-12 * largest);
      }
    }
  }
}
