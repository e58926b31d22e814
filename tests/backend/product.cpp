// Every contraction that labels can describe, planned and executed in each format, against its definition.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/backend/batch_oracle.h"

using namespace invar;
using namespace invar::oracle;

namespace {

// Whole tiles and remainders of every kernel, and 1.
constexpr Index kExtents[] = {1, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17};
constexpr Index kMostTerms = 4000;
constexpr Index kSampleCounts[] = {1, 3, 17, 100};

struct Contraction {
  Graph graph;
  NodeId node = kNoNode;
  Index parameters = 0, input = 0, target = 0;
  double scale = 1.0;
};

/// Two operands or one, each over the samples or not; labels that are summed, kept, permuted, twice in one operand (a
/// diagonal) or in the output alone (a broadcast); the samples kept or summed.
Contraction random_contraction(Random& random) {
  Contraction result;
  Graph& graph = result.graph;
  std::map<Label, Index> extents;
  Index terms = 1;
  for (Label label = 0; label < 6; ++label) {
    extents[label] = kExtents[below(random, std::size(kExtents))];
    if (terms * extents[label] > kMostTerms) extents[label] = 1;
    terms *= extents[label];
  }
  const auto shape_of = [&](const std::vector<Label>& labels) {
    Shape shape;
    for (const Label label : labels) shape.push_back(extents.at(label));
    return shape;
  };

  const bool has_two = below(random, 4) > 0;
  std::vector<Operand> operands;
  bool batched = false;
  for (int side = 0; side < (has_two ? 2 : 1); ++side) {
    Operand operand;
    for (Index axis = below(random, 5); axis > 0; --axis)
      operand.labels.push_back(static_cast<Label>(below(random, 6)));
    const Shape shape = shape_of(operand.labels);
    const Index size = extent_product(shape);
    switch (below(random, 5)) {
      case 0:
      case 1:
        if (side == 0) {
          operand.node = graph.sample(SampleLeaf::input, "x", shape);
          result.input = size;
        } else {
          operand.node = graph.sample(SampleLeaf::target, "y", shape);
          result.target = size;
        }
        batched = true;
        break;
      case 2: {
        operand.node = graph.constant(shape, normal(random, size));
        break;
      }
      default:
        operand.node = graph.variable({"p", shape, result.parameters, size});
        result.parameters += size;
    }
    operands.push_back(operand);
  }
  if (has_two && below(random, 6) == 0) {  // one tensor, twice
    operands[1].node = operands[0].node;
    operands[1].labels = operands[0].labels;
    if (operands[1].labels.size() == 2 && extents[operands[1].labels[0]] == extents[operands[1].labels[1]])
      std::swap(operands[1].labels[0], operands[1].labels[1]);
  }

  std::vector<Label> out;
  for (Label label = 0; label < 6; ++label) {
    const bool used = std::ranges::any_of(
        operands, [&](const Operand& operand) { return std::ranges::count(operand.labels, label) > 0; });
    if (below(random, used ? 2 : 8) == 0) out.push_back(label);
  }
  for (std::size_t i = out.size(); i > 1; --i)
    std::swap(out[i - 1], out[static_cast<std::size_t>(below(random, static_cast<Index>(i)))]);

  batched = std::ranges::any_of(operands, [&](const Operand& operand) { return graph[operand.node].batched; });
  const bool sum_samples = batched && below(random, 2) == 0;
  if (sum_samples) {
    // Lanes beyond the last sample count through their weight alone, 0: a sum over samples holds it once.
    Operand& weighted = graph[operands[0].node].batched ? operands[0] : operands[1];
    const Operand whole = graph.whole(weighted.node);
    weighted.node = graph.contract({whole, {graph.sample(SampleLeaf::weight, "weight", {}), {}}}, whole.labels,
                                   graph[weighted.node].shape);
  }
  const double scales[] = {1.0, -0.5, 3.0};
  result.scale = scales[below(random, 3)];
  result.node = graph.contract(operands, out, shape_of(out), result.scale, sum_samples);
  return result;
}

Numbers magnitudes(Numbers values) {
  for (double& value : values) value = std::abs(value);
  return values;
}

/// The graph with the absolute values of its constants.
Graph with_magnitudes(const Contraction& source) {
  Graph result;
  for (NodeId id = 0; id < source.graph.size(); ++id) {
    const Node& node = source.graph[id];
    NodeId copy = kNoNode;
    if (node.op == Op::variable)
      copy = result.variable({node.name, node.shape, node.offset, extent_product(node.shape)});
    if (node.op == Op::sample) copy = result.sample(static_cast<SampleLeaf>(node.slot), node.name, node.shape);
    if (node.op == Op::constant) copy = result.constant(node.shape, magnitudes(*node.values));
    if (node.op == Op::contract) {
      bool batched = false;
      for (const Operand& operand : node.operands) batched = batched || result[operand.node].batched;
      copy = result.contract(node.operands, node.labels, node.shape, std::abs(node.coefficients[0]),
                             batched && !node.batched);
    }
    REQUIRE(copy == id);
  }
  return result;
}

template <class S>
double unit() {
  return std::is_same_v<S, float> ? 0x1p-24 : 0x1p-53;  // quad is compared with an oracle in double
}

template <class S>
void check(const Contraction& which, const Numbers& theta, const SampleArrays& samples, const KernelPlan& plan,
           BatchOracle& expected, BatchOracle& sizes) {
  CAPTURE(sizeof(S), samples.count);
  const bool batched = which.graph[which.node].batched;
  const Index elements = extent_product(which.graph[which.node].shape);
  const PlanRun<S> found = run_plan<S>(plan, theta, samples, {{elements, batched}});
  double worst = 0.0;
  for (Index s = 0; s < (batched ? samples.count : 1); ++s)
    for (Index e = 0; e < elements; ++e) {
      const auto at = static_cast<std::size_t>(batched ? e * found.lanes + s : e);
      const double number = static_cast<double>(found.outputs[0][at]);
      const double difference = std::abs(number - expected.value(which.node, s)[static_cast<std::size_t>(e)]);
      // Errors of a sum of n terms: below n roundings of the terms' sizes; for these numbers n = 50 is plenty.
      const double allowed = 50.0 * unit<S>() * sizes.value(which.node, s)[static_cast<std::size_t>(e)];
      if (!(difference <= allowed)) worst = std::max(worst, std::isnan(number) ? 1e300 : difference / allowed);
    }
  CHECK(worst == 0.0);
}

}  // namespace

TEST_CASE("every contraction is what its labels say, in each format and for any number of samples") {
  Random random(20);
  int batched = 0, summed = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const Contraction which = random_contraction(random);
    CAPTURE(trial);
    const KernelPlan plan = make_plan(which.graph, {{which.node, 0, 0, 0}});
    const Graph absolute = with_magnitudes(which);
    batched += which.graph[which.node].batched ? 1 : 0;
    summed += !which.graph[which.node].batched && which.input + which.target > 0 ? 1 : 0;
    const Numbers theta = normal(random, which.parameters);
    for (const Index count : kSampleCounts) {
      const SampleArrays samples{count, which.input, which.target, normal(random, count * which.input),
                                 normal(random, count * which.target)};
      BatchOracle expected(which.graph, theta, samples);
      const SampleArrays positive{count, which.input, which.target, magnitudes(samples.input),
                                  magnitudes(samples.target)};
      BatchOracle sizes(absolute, magnitudes(theta), positive);
      check<double>(which, theta, samples, plan, expected, sizes);
      check<float>(which, theta, samples, plan, expected, sizes);
      if (count <= 17) check<Quad>(which, theta, samples, plan, expected, sizes);
    }
  }
  CHECK(batched > 100);
  CHECK(summed > 100);
}
