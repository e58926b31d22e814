// Reading and planning: from a model's text to the plans of its gradient, Hessian-vector product and single gradients.
#include <benchmark/benchmark.h>

#include "tests/bench/block_case.h"

using namespace invar;

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Model& model : models()) {
    const Case made = make_case(model, kSizes[1]);
    const auto add = [&](const std::string& what, const auto& run) {
      benchmark::RegisterBenchmark((std::string(model.name) + "/" + what).c_str(), run)->Unit(benchmark::kMillisecond);
    };
    add("plan", [made](benchmark::State& state) {
      for (auto _ : state) benchmark::DoNotOptimize(plan_cost(made.block, Loss::squared));
    });
    add("laws", [made](benchmark::State& state) {
      for (auto _ : state)
        for (const Law& law : made.block.laws) benchmark::DoNotOptimize(law_form(made.block, law));
    });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
