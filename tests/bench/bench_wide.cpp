// Gradients of wide blocks over many tokens: the samples as an axis of large products, beside the samples innermost.
// Blocks and sizes of a small vision transformer and language model. --benchmark_filter chooses.
#include <benchmark/benchmark.h>

#include "tensor/axis_order.h"
#include "tensor/derivative.h"
#include "tests/bench/block_case.h"

using namespace invar;

namespace {

struct WideBlock {
  std::string name, model;
  ModelOptions options;
  Index tokens, width, samples;
};

const WideBlock kBlocks[] = {
    {"swiglu", "swiglu", {{"width", "1024"}, {"outputs", "256"}}, 1, 256, 512},
    {"attention", "attention", {{"heads", "4"}, {"head-size", "64"}}, 64, 256, 8},
    {"attention-rope", "attention-rope", {{"heads", "3"}, {"head-size", "64"}, {"causal", "true"}}, 256, 192, 2},
    {"swiglu-32", "swiglu", {{"width", "128"}, {"outputs", "32"}}, 1, 32, 512},
    {"swiglu-64", "swiglu", {{"width", "256"}, {"outputs", "64"}}, 1, 64, 512},
    {"swiglu-128", "swiglu", {{"width", "512"}, {"outputs", "128"}}, 1, 128, 512},
    {"attention-32", "attention", {{"heads", "4"}, {"head-size", "8"}}, 16, 32, 512},
    {"attention-64", "attention", {{"heads", "4"}, {"head-size", "16"}}, 16, 64, 512},
    {"attention-64t", "attention", {{"heads", "4"}, {"head-size", "16"}}, 64, 64, 128},
    {"moe-softmax", "moe-softmax", {{"experts", "4"}, {"width", "768"}, {"outputs", "192"}}, 1, 192, 256},
};

template <class S>
void gradient(benchmark::State& state, const WideBlock& wide, bool visible) {
  const ModelText text = model_text(wide.model, wide.options);
  KnownSizes known;
  for (const std::string& letter : outline(text.text, wide.model).input.axes)
    known.extents[letter] = letter == "t" ? wide.tokens : wide.width;
  const Block block = read_block(text.text, known, wide.model);
  Graph graph = block.graph;
  const NodeId cost = append_cost(graph, block.output, Loss::squared);
  const std::vector<NodeId> slopes = invar::gradient(graph, cost, block.parameter_nodes);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < slopes.size(); ++i)
    requests.push_back({slopes[i], 0, block.parameters.tensors()[i].offset, block.parameters.tensors()[i].size});
  requests.push_back({cost, 1, 0, 1});

  GraphWithRequests made{graph, requests};
  if (visible) {
    made = with_sample_axis(graph, requests, wide.samples);
    made = with_best_axis_order(made.graph, made.requests);
  }
  const auto plan = std::make_shared<const KernelPlan>(make_plan(made.graph, made.requests));
  const Index lanes = visible ? 1 : lanes_for<S>(wide.samples);
  HostExecutor<S> executor(plan, visible ? 1 : wide.samples);
  const auto random = [](Index count, double deviation) {
    const std::vector<double> values = normal(count, deviation);
    return std::vector<S>(values.begin(), values.end());
  };
  const Index in = extent_product(block.graph[block.input].shape),
              out = extent_product(block.graph[block.output].shape);
  const std::vector<S> x = random(in * wide.samples, 1.0), y = random(out * wide.samples, 1.0),
                       theta = random(block.parameters.size(), 0.05),
                       weight(static_cast<std::size_t>(wide.samples), S(1) / static_cast<S>(wide.samples));
  std::vector<S> slope(theta.size());
  S value(0);
  executor.set_variable(0, theta.data());
  executor.set_samples(x.data(), y.data(), weight.data(), lanes, visible ? 1 : wide.samples);
  executor.set_output(0, slope.data());
  executor.set_output(1, &value);
  for (auto _ : state) executor.run();
  const double flops = plan->flops_fixed + plan->flops_per_sample * static_cast<double>(wide.samples);
  state.counters["GFLOP"] = 1e-9 * flops;
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["MiB"] = static_cast<double>(sizeof(S)) *
                          static_cast<double>(plan->unbatched_arena + plan->batched_arena * lanes) / 1048576.0;
}

}  // namespace

int main(int argc, char** argv) {
  for (const WideBlock& wide : kBlocks)
    for (const bool visible : {true, false})
      for (const bool single : {true, false})
        benchmark::RegisterBenchmark(
            (wide.name + (single ? "/float" : "/double") + (visible ? "/axis" : "/lanes")).c_str(),
            [&wide, visible, single](benchmark::State& state) {
              single ? gradient<float>(state, wide, visible) : gradient<double>(state, wide, visible);
            })
            ->Unit(benchmark::kMillisecond);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
