// Work and precision of integrators on the problems on which other tools were measured (problems.h):
//   bench_flows [--problems P7 …] [--methods dopri5 …] [--tolerances 1e-6 …] [--control pi] [--project]
// rtol = atol = tolerance, one thread, best time of the repetitions; error: ‖θ(T) − reference‖ / ‖reference‖; drift:
// the largest over the laws' components of |h(θ(T)) − h(θ_0)| / the sum of the absolute values of h's terms at θ_0.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "integrators/loop.h"
#include "integrators/registry.h"
#include "law/evaluate.h"
#include "problem/gradient_field.h"
#include "problem/law_level_set.h"
#include "tests/bench/problems.h"

using namespace invar;

namespace {

/// The largest relative drift of the problem's laws from its start to `theta`; 0 without laws.
double law_drift(const Problem& problem, const State<double>& theta) {
  const State<double> zero = State<double>::Zero(theta.size());
  const State<double> start = Eigen::Map<const State<double>>(problem.start.data(), theta.size());
  const State<double> sizes = start.cwiseAbs();
  double largest = 0.0;
  for (const LawForm& form : problem.forms) {
    if (form.kind != LawKind::law) continue;
    Evaluator evaluator(form);
    const auto components = static_cast<std::size_t>(form.components());
    std::vector<double> before(components), after(components), low_before(components), low_after(components),
        magnitude(components);
    evaluator.value({start.data(), zero.data()}, {before.data(), low_before.data()});
    evaluator.value({theta.data(), zero.data()}, {after.data(), low_after.data()});
    evaluator.value_magnitude(sizes.data(), magnitude.data());
    for (std::size_t c = 0; c < components; ++c) {
      const double change = (after[c] - before[c]) + (low_after[c] - low_before[c]);
      largest = std::max(largest, std::abs(change) / magnitude[c]);
    }
  }
  return largest;
}

void measure(const PeerProblem& peer, const Problem& problem, const State<double>& reference, const std::string& method,
             double tolerance, ControlKind control, bool project, int repetitions) {
  Objective<double> objective(problem.plans, problem.samples);
  MethodOptions options;
  options.rtol = options.atol = tolerance;
  options.control = control;
  for (const Tensor& tensor : problem.block.parameters.tensors()) options.tensor_begin.push_back(tensor.offset);
  const Plan plan = plan_flow(problem.time, 1);
  Observer<double> silent;
  Summary summary;
  double seconds = 0.0, error = 0.0, drift = 0.0;
  for (int i = 0; i < repetitions; ++i) {
    GradientField<double> field(objective);
    LawLevelSet<double> laws(problem.forms, problem.block.parameters.size());
    MadeMethod<double> made = find_method(method).make<double>(options);
    if (project) made = std::make_unique<Projected<double>>(std::move(made), laws);
    State<double> theta =
        Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
    Limits limits;
    limits.gradients = 500'000;
    summary = run<double>(*made, field, theta, plan, limits, silent);
    seconds = i == 0 ? summary.seconds : std::min(seconds, summary.seconds);
    error = (theta - reference).norm() / reference.norm();
    drift = law_drift(problem, theta);
  }
  std::printf(
      "%-7s %-18s %7.0e %9.3f ms %8lld F %7lld Jv %8lld gradients %7lld + %5lld steps  error %8.2e  drift %8.2e  %s\n",
      peer.name, method.c_str(), tolerance, 1e3 * seconds, static_cast<long long>(summary.evaluations),
      static_cast<long long>(summary.hessian_products),
      static_cast<long long>(summary.evaluations + 2 * summary.hessian_products),
      static_cast<long long>(summary.counters.accepted), static_cast<long long>(summary.counters.rejected), error,
      drift, summary.end == End::completed ? "" : summary.text.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> problems, methods{"dopri5"};
  std::vector<double> tolerances{1e-3, 1e-6, 1e-9};
  std::string control = "pi";
  bool project = false;
  int repetitions = 3;
  CLI::App app("Work and precision of integrators on the problems of other tools");
  app.add_option("--problems", problems, "all without it");
  app.add_option("--methods", methods)->capture_default_str();
  app.add_option("--tolerances", tolerances)->capture_default_str();
  app.add_option("--control", control)->capture_default_str();
  app.add_flag("--project", project, "after each step onto the level set of all laws");
  app.add_option("--repetitions", repetitions)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto shared = shared_folder();
  if (!shared) {
    std::puts("skipped: INVAR_SHARED does not name the folder with the problems of other tools");
    return 0;
  }
  for (const PeerProblem& peer : kPeerProblems) {
    if (!problems.empty() && std::ranges::find(problems, peer.name) == problems.end()) continue;
    const Problem problem = load(peer, *shared);
    const std::vector<double> end = expected_end(peer, *shared, problem.block);
    const State<double> reference = Eigen::Map<const State<double>>(end.data(), static_cast<Eigen::Index>(end.size()));
    for (const std::string& method : methods)
      for (const double tolerance : tolerances)
        measure(peer, problem, reference, method, tolerance, parse_control(control), project, repetitions);
  }
  return 0;
}
