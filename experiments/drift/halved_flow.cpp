#include "experiments/drift/halved_flow.h"

#include <cmath>

#include "integrators/registry.h"
#include "job/execute.h"
#include "job/signals.h"
#include "problem/gradient_field.h"

namespace invar {
namespace {

/// A signal ends it at once.
template <class S>
class Nobody final : public Observer<S> {
 public:
  bool stop_requested() override { return interrupted(); }
};

template <class S, class G>
std::vector<double> integrate(const UnitSetup& unit, std::size_t number, const Summary& taken) {
  const RunSetup& setup = unit.runs[number];
  MethodOptions options = usual_options(*unit.configuration, unit.problem);
  options.rtol = setup.run->rtol;
  options.atol = setup.run->atol;
  const MadeMethod<S> method = find_method(setup.run->integrator).make<S>(options);
  Objective<G> objective(unit.problem.plans, unit.problem.samples, 0, 1, unit.configuration->backend);
  GradientField<S, G> field(objective);
  State<S> theta =
      Eigen::Map<const Eigen::VectorXd>(unit.problem.start.data(), static_cast<Eigen::Index>(unit.problem.start.size()))
          .template cast<S>();
  const double time = setup.plan.time;
  const auto count = static_cast<std::size_t>(2 * taken.counters.accepted);
  std::vector<double> stops(count);
  for (std::size_t i = 0; i < count; ++i) stops[i] = time * static_cast<double>(i + 1) / static_cast<double>(count);
  Limits limits;
  limits.gradients = 4 * (taken.evaluations + 2 * taken.hessian_products) + 1000;
  Nobody<S> nobody;
  const Summary summary = run<S>(*method, field, theta, plan_flow(time, 1, stops), limits, nobody);
  if (summary.end != End::completed) return {};
  const Eigen::VectorXd end = theta.template cast<double>();
  return {end.data(), end.data() + end.size()};
}

}  // namespace

std::vector<double> halved_flow(const UnitSetup& unit, std::size_t number, const Summary& taken) {
  switch (unit.unit->precision) {
    case Configuration::Precision::in_float:
      return integrate<float, float>(unit, number, taken);
    case Configuration::Precision::mixed:
      return integrate<double, float>(unit, number, taken);
    case Configuration::Precision::in_double:
      break;
  }
  return integrate<double, double>(unit, number, taken);
}

}  // namespace invar
