// One step of each method of the registry on a field that costs next to nothing beside a model's gradient: what a
// method itself costs. θ of 24 numbers (all in the first cache) and of 100,000 (in none of the small ones). `F` is the
// field's evaluations in a step; the field alone comes first.
#include <benchmark/benchmark.h>

#include <optional>

#include "tests/integrators/fields.h"

using namespace invar;
using namespace invar::testing;

namespace {

constexpr double kStep = 0.01;

// An evaluation of F(θ) = −θ reads and writes each number once.
class Decay : public VectorField<double> {
 public:
  explicit Decay(Eigen::Index size) : size_(size) {}
  Eigen::Index size() const override { return size_; }
  double cost() const override { return 0.0; }

 private:
  void do_evaluate(const State<double>& theta, double, State<double>& derivative) override { derivative = -theta; }
  void do_hessian_product(const State<double>&, const State<double>& v, State<double>& out) override { out = -v; }

  Eigen::Index size_;
};

void step(benchmark::State& state, const MethodEntry& entry, Eigen::Index size) {
  Decay field(size);
  const Schedule schedule({}, kStep, 1.0, std::nullopt, StepFormat::float64);
  MethodOptions options = tolerances(1e30, 1e30);  // the time limit sets the step
  options.first_step = kStep;
  options.schedule = &schedule;
  const auto method = entry.make<double>(options);
  const State<double> start = State<double>::LinSpaced(size, 1.0, 2.0);
  State<double> theta = start;
  double t = 0.0;
  method->start(field, theta, t);
  std::int64_t steps = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(method->advance(theta, t, t + kStep).accepted);
    if (++steps % 1000 == 0) theta = start;  // numbers must not become denormal
  }
  state.counters["F"] = static_cast<double>(field.gradients()) / static_cast<double>(steps);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Eigen::Index size : {24, 100'000}) {
    const std::string suffix = "/" + std::to_string(size);
    benchmark::RegisterBenchmark(("field" + suffix).c_str(), [size](benchmark::State& state) {
      Decay field(size);
      const State<double> theta = State<double>::LinSpaced(size, 1.0, 2.0);
      State<double> derivative(size);
      for (auto _ : state) {
        field.evaluate(theta, 0.0, derivative);
        benchmark::DoNotOptimize(derivative.data());
        benchmark::ClobberMemory();
      }
    });
    for (const MethodEntry& entry : kMethods) {
      benchmark::RegisterBenchmark((std::string(entry.name) + suffix).c_str(),
                                   [&entry, size](benchmark::State& state) { step(state, entry, size); });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
