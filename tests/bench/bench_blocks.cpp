// The gradient, the Hessian-vector product and the laws of every model of the registry, at the sizes of block_case.h,
// in double and float: time, GFLOP/s of the products, and the bytes that the plan's kernels read and write. Laws: the
// drift budget of a GD step with parts in double and in twice that (every step), values and defects (every recorded
// row).
#include <benchmark/benchmark.h>

#include <memory>

#include "backend/sample_gradients.h"
#include "law/budget.h"
#include "law/defect.h"
#include "tensor/traffic.h"
#include "tests/bench/block_case.h"

using namespace invar;

namespace {

template <class S>
void count_work(benchmark::State& state, const KernelPlan& plan, const Case& made) {
  const auto samples = static_cast<double>(made.samples.count);
  const Traffic scalars = traffic(plan);
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * (plan.flops_per_sample * samples + plan.flops_fixed),
                                                 benchmark::Counter::kIsIterationInvariantRate);
  state.counters["bytes"] = sizeof(S) * (scalars.per_sample * samples + scalars.fixed);
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
  count_work<S>(state, *made.plans.gradient, made);
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
  count_work<S>(state, *made.plans.hessian, made);
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

/// What a recorded row takes beside the budget: defects over 32 single samples, and values.
void row(benchmark::State& state, const Case& made) {
  constexpr Index probes = 32;
  SampleArrays samples{probes, made.samples.input_elements, made.samples.target_elements,
                       normal(probes * made.samples.input_elements), normal(probes * made.samples.target_elements)};
  SampleGradients<double> single(made.plans, samples);
  std::vector<std::vector<double>> gradients(probes, std::vector<double>(made.theta.size()));
  std::vector<const double*> pointers;
  for (const auto& gradient : gradients) pointers.push_back(gradient.data());
  std::vector<DefectMeter> meters;
  std::vector<Evaluator> evaluators;
  std::size_t components = 0;
  for (const LawForm& form : made.forms) {
    meters.emplace_back(form, made.plans.parameters);
    evaluators.emplace_back(form);
    components = std::max(components, static_cast<std::size_t>(form.components()));
  }
  std::vector<double> defects(components), value(components), low(components);
  for (auto _ : state) {
    single.for_each(made.theta.data(), [&](Index sample, const double* gradient) {
      std::copy_n(gradient, made.theta.size(), gradients[static_cast<std::size_t>(sample)].data());
    });
    for (std::size_t f = 0; f < meters.size(); ++f) {
      meters[f].measure(made.theta.data(), pointers, defects.data());
      evaluators[f].value(made.theta.data(), {value.data(), low.data()});
    }
    benchmark::DoNotOptimize(defects.data());
  }
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
  if constexpr (std::is_same_v<S, double>) add_one("row", row);
}

}  // namespace

int main(int argc, char** argv) {
  // Short by default: some 700 benchmarks. What stands on the command line comes later and counts.
  std::string short_runs = "--benchmark_min_time=0.05";
  std::vector<char*> arguments{argv[0], short_runs.data()};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  for (const Size& size : kSizes)
    for (const Model& model : models()) {
      if (model_text(model.name, {}).logits) continue;  // nets: bench_planning
      const auto made = std::make_shared<const Case>(make_case(model, size));
      const std::string name = size.name + "/" + std::string(model.name);
      add<double>(name, "double", made);
      add<float>(name, "float", made);
    }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
