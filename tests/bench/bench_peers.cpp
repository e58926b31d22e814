// The gradient and a flow on the problems that other tools were measured on (problems.h): the figures that peers.py
// sets beside theirs. A flow is dopri5 at rtol = atol = 1e-6 from 0 to T through our loop, without laws or rows: what
// it takes beyond its gradients is the loop's and the method's own cost, given an evaluation.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <memory>

#include "integrators/loop.h"
#include "integrators/registry.h"
#include "problem/gradient_field.h"
#include "tests/bench/problems.h"

using namespace invar;

namespace {

double flops(const Problem& problem) {
  const KernelPlan& plan = *problem.plans.gradient;
  return plan.flops_per_sample * static_cast<double>(problem.samples.count) + plan.flops_fixed;
}

template <class S>
void gradient(benchmark::State& state, const Problem& problem, int threads) {
  Objective<S> objective(problem.plans, problem.samples, 0, threads);
  const std::vector<S> theta(problem.start.begin(), problem.start.end());
  std::vector<S> slope(theta.size());
  for (auto _ : state) {
    objective.evaluate(theta.data(), slope.data());
    benchmark::DoNotOptimize(slope.data());
  }
  state.counters["GFLOP/s"] = benchmark::Counter(1e-9 * flops(problem), benchmark::Counter::kIsIterationInvariantRate);
}

void flow(benchmark::State& state, const Problem& problem) {
  Objective<double> objective(problem.plans, problem.samples);
  GradientField<double> field(objective);
  MethodOptions options;
  options.rtol = options.atol = 1e-6;
  const Plan plan = plan_flow(problem.time, 1);
  Observer<double> silent;
  Summary summary;
  for (auto _ : state) {
    const auto method = find_method("dopri5").make<double>(options);
    State<double> theta =
        Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
    summary = run<double>(*method, field, theta, plan, Limits{}, silent);
    benchmark::DoNotOptimize(theta.data());
  }
  state.counters["gradients"] = static_cast<double>(summary.evaluations);
  state.counters["t"] = summary.t;
}

}  // namespace

int main(int argc, char** argv) {
  const auto shared = shared_folder();
  if (!shared) {
    std::puts("skipped: INVAR_SHARED does not name the folder with the problems of other tools");
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const PeerProblem& peer : kPeerProblems) {
    const auto problem = std::make_shared<const Problem>(load(peer, *shared));
    const auto add = [&](const std::string& what, const auto& run) {
      benchmark::RegisterBenchmark((std::string(peer.name) + "/" + what).c_str(),
                                   [=](benchmark::State& state) { run(state, *problem); })
          ->Unit(benchmark::kMicrosecond)
          ->UseRealTime();
    };
    add("gradient/double", [](auto& state, const auto& made) { gradient<double>(state, made, 1); });
    add("gradient/float", [](auto& state, const auto& made) { gradient<float>(state, made, 1); });
    add("gradient/double/two-threads", [](auto& state, const auto& made) { gradient<double>(state, made, 2); });
    add("flow/dopri5", flow);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
