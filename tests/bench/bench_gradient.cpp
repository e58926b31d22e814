// What a step costs, for every model of the registry: the gradient, the Hessian-vector product, and the drift budget of
// a GD step with parts in double and in twice that. Small: reference sizes (width 3, 4 tokens, 64 samples); large: d =
// 32, 128 hidden units in all, 16 tokens, 512 samples. GFLOP/s counts the products of the plan alone.
#include <benchmark/benchmark.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/objective.h"
#include "law/budget.h"
#include "models/registry.h"
#include "tensor/outline.h"

using namespace invar;

namespace {

struct Size {
  std::string name;
  std::map<std::string, std::string, std::less<>> options;
  Index tokens, width, samples;
};

const Size kSizes[] = {
    {"small",
     {{"width", "3"}, {"rank", "3"}, {"outputs", "3"}, {"heads", "2"}, {"head-size", "2"}, {"experts", "4"}},
     4,
     3,
     64},
    {"large",
     {{"width", "128"}, {"rank", "128"}, {"outputs", "32"}, {"heads", "4"}, {"head-size", "8"}, {"experts", "4"}},
     16,
     32,
     512},
    {"prime",
     {{"width", "127"}, {"rank", "127"}, {"outputs", "31"}, {"heads", "3"}, {"head-size", "10"}, {"experts", "3"}},
     17,
     31,
     509},
    {"samples-1",
     {{"width", "128"}, {"rank", "128"}, {"outputs", "32"}, {"heads", "4"}, {"head-size", "8"}, {"experts", "4"}},
     16,
     32,
     1},
    {"samples-17",
     {{"width", "128"}, {"rank", "128"}, {"outputs", "32"}, {"heads", "4"}, {"head-size", "8"}, {"experts", "4"}},
     16,
     32,
     17},
    {"samples-4096",
     {{"width", "128"}, {"rank", "128"}, {"outputs", "32"}, {"heads", "4"}, {"head-size", "8"}, {"experts", "4"}},
     16,
     32,
     4096},
};

std::vector<double> normal(Index count, double deviation = 1.0) {
  static boost::random::mt19937_64 random(1);
  boost::random::normal_distribution<double> distribution(0.0, deviation);
  std::vector<double> values;
  for (Index i = 0; i < count; ++i) values.push_back(distribution(random));
  return values;
}

/// A model with samples and a start, made once for all its benchmarks.
struct Case {
  Block block;
  CostPlans plans;
  SampleArrays samples;
  std::vector<double> theta;
  std::vector<LawForm> forms;
};

Case make_case(const Model& model, const Size& size) {
  ModelOptions options;
  for (const ModelOption& option : model.options)
    if (const auto value = size.options.find(option.name); value != size.options.end()) options.insert(*value);
  // The hidden units of all experts together are those of the other models.
  if (options.contains("experts") && size.width > 3) options["width"] = "32";
  const ModelText text = model_text(model.name, options);
  KnownSizes known;
  for (const std::string& letter : outline(text.text, std::string(model.name)).input.axes)
    known.extents[letter] = letter == "t" ? size.tokens : size.width;
  Case made{.block = read_block(text.text, known, std::string(model.name)),
            .plans = {},
            .samples = {},
            .theta = {},
            .forms = {}};
  made.plans = plan_cost(made.block, Loss::squared);
  made.samples = {size.samples, made.plans.input_elements, made.plans.target_elements,
                  normal(size.samples * made.plans.input_elements), normal(size.samples * made.plans.target_elements)};
  for (std::size_t i = 0; i < made.block.fan_in.size(); ++i)
    for (const double value : normal(made.block.parameters.tensors()[i].size, 1.0 / std::sqrt(made.block.fan_in[i])))
      made.theta.push_back(value);
  for (const Law& law : made.block.laws) made.forms.push_back(law_form(made.block, law));
  return made;
}

double flops(const KernelPlan& plan, const Case& made) {
  return plan.flops_per_sample * static_cast<double>(made.samples.count) + plan.flops_fixed;
}

void count_flops(benchmark::State& state, double flops) {
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * flops, benchmark::Counter::kIsIterationInvariantRate);
}

template <class S>
void gradient(benchmark::State& state, const Case& made) {
  Objective<S> objective(made.plans, made.samples);
  const std::vector<S> theta(made.theta.begin(), made.theta.end());
  std::vector<S> slope(theta.size());
  for (auto _ : state) {
    objective.evaluate(theta.data(), slope.data());
    benchmark::DoNotOptimize(slope.data());
  }
  count_flops(state, flops(*made.plans.gradient, made));
}

template <class S>
void hessian_product(benchmark::State& state, const Case& made) {
  Objective<S> objective(made.plans, made.samples);
  const std::vector<S> theta(made.theta.begin(), made.theta.end()), direction(theta.rbegin(), theta.rend());
  std::vector<S> product(theta.size());
  for (auto _ : state) {
    objective.hessian_product(theta.data(), direction.data(), product.data());
    benchmark::DoNotOptimize(product.data());
  }
  count_flops(state, flops(*made.plans.hessian, made));
}

template <class S, Arithmetic arithmetic>
void budget(benchmark::State& state, const Case& made) {
  std::vector<const LawForm*> forms;
  std::int64_t components = 0;
  for (const LawForm& form : made.forms) {
    forms.push_back(&form);
    components += form.components();
  }
  Objective<S> objective(made.plans, made.samples);
  const std::vector<S> theta(made.theta.begin(), made.theta.end());
  std::vector<S> slope(theta.size()), next(theta);
  objective.evaluate(theta.data(), slope.data());
  const double tau = 0.01, one = 1.0;
  for (std::size_t i = 0; i < next.size(); ++i) {
    slope[i] = -slope[i];
    next[i] += static_cast<S>(tau) * slope[i];
  }
  Budget<S> kept(forms, made.plans.parameters, {arithmetic, false, 1});
  kept.start(theta.data());
  const S* stages[] = {slope.data()};
  const RungeKuttaStep<S> step{.tau = static_cast<double>(static_cast<S>(tau)),
                               .a = nullptr,
                               .b = &one,
                               .stages = 1,
                               .k = stages,
                               .before = theta.data(),
                               .after = next.data()};
  for (auto _ : state) kept.step(step);
  state.counters["components"] = static_cast<double>(components);
}

template <class S>
void add(const std::string& name, const std::string& scalar, const std::shared_ptr<const Case>& made) {
  const auto add_one = [&](const std::string& what, void (*run)(benchmark::State&, const Case&)) {
    benchmark::RegisterBenchmark((name + "/" + scalar + "/" + what).c_str(), [=](benchmark::State& state) {
      run(state, *made);
    })->Unit(benchmark::kMicrosecond);
  };
  add_one("gradient", gradient<S>);
  add_one("hessian-product", hessian_product<S>);
  if (made->forms.empty()) return;
  add_one("budget-double", budget<S, Arithmetic::plain>);
  add_one("budget-exact", budget<S, Arithmetic::exact>);
}

}  // namespace

int main(int argc, char** argv) {
  // Short by default: over a hundred benchmarks. What stands on the command line comes later and counts.
  std::string short_runs = "--benchmark_min_time=0.1";
  std::vector<char*> arguments{argv[0], short_runs.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  for (const Size& size : kSizes)
    for (const Model& model : models()) {
      const auto made = std::make_shared<const Case>(make_case(model, size));
      const std::string name = size.name + "/" + std::string(model.name);
      add<double>(name, "double", made);
      add<float>(name, "float", made);
    }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
