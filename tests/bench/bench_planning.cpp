// Reading and planning: from a model's text to the plans of its gradient, Hessian-vector product and single gradients.
// Nets at the sizes of arXiv 2606.17816, App. D: a ViT for CIFAR-10, a language model with 4 experts.
#include <benchmark/benchmark.h>

#include "models/readout.h"
#include "problem/block_library.h"
#include "tests/bench/block_case.h"

using namespace invar;

namespace {

void add_net(const std::string& name, const ModelOptions& options, Loss loss) {
  const std::string text = with_readout(model_text(name, options)).text;
  const auto read = [=] { return read_block(text, {}, name, built_in_blocks()); };
  benchmark::RegisterBenchmark((name + "/read").c_str(), [=](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(read());
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark((name + "/plan").c_str(), [=](benchmark::State& state) {
    const Block block = read();
    for (auto _ : state) {
      const CostPlans plans = plan_cost(block, loss);
      state.counters["nodes"] = static_cast<double>(block.graph.size());
      state.counters["kernels"] = static_cast<double>(plans.gradient->kernels.size());
      state.counters["numbers_a_sample"] = static_cast<double>(plans.gradient->batched_arena);
    }
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Model& model : models()) {
    if (model_text(model.name, {}).logits) continue;
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
  add_net("vit",
          {{"layers", "6"}, {"width", "256"}, {"hidden", "1024"}, {"patch", "4"}, {"image", "32"}, {"channels", "3"}},
          Loss::cross_entropy);
  add_net("lm",
          {{"layers", "12"},
           {"width", "192"},
           {"hidden", "768"},
           {"heads", "3"},
           {"head-size", "64"},
           {"vocabulary", "10000"},
           {"tokens", "256"}},
          Loss::label_cross_entropy);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
