// Plans of graphs with a visible sample axis, in the axis order that the planner chooses: the same numbers as the
// definition, for random graphs and for every model.
#include <catch2/catch.hpp>

#include "tensor/axis_order.h"
#include "tensor/routed_rows.h"
#include "tests/backend/random_graph.h"
#include "tests/backend/run_wide.h"

using namespace invar;
using namespace invar::oracle;

TEST_CASE("with a visible sample axis random graphs keep their values") {
  Random random(3);
  Index routed_graphs = 0;
  for (int trial = 0; trial < 1200; ++trial) {
    RandomGraph source(random, 12, trial >= 400);
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
    const GraphWithRequests routed = with_routed_rows(visible.graph, visible.requests);
    const GraphWithRequests ordered = with_best_axis_order(routed.graph, routed.requests);
    for (NodeId id = 0; id < routed.graph.size(); ++id)
      if (routed.graph[id].op == Op::routes) {
        ++routed_graphs;
        break;
      }
    for (const GraphWithRequests* made : {&visible, &routed, &ordered}) {
      CAPTURE(trial, count, made == &routed, made == &ordered);
      const std::vector<double> found =
          run_wide<double>(make_plan(made->graph, made->requests), theta, {}, samples, size);
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
  CHECK(routed_graphs > 30);
}
