#include "experiments/drift/setup.h"

#include <zlib.h>

#include <algorithm>

#include "error.h"
#include "experiments/drift/keys.h"
#include "problem/projected_laws.h"

namespace invar {
namespace {

using Method = Configuration::Method;

bool needs_sharpness(const Configuration& configuration, const Unit& unit) {
  const auto& limit = keys_of<DriftKeys>(configuration).stop_sharpness;
  if (limit && !limit->own && limit->step_size.relative) return true;
  return std::ranges::any_of(unit.runs,
                             [](const LadderRun& run) { return run.method != Method::flow && run.step_size.relative; });
}

StopAt stop_at(const Configuration& configuration, const UnitSetup& unit, bool has_own_steps) {
  const DriftKeys& keys = keys_of<DriftKeys>(configuration);
  StopAt stop;
  if (keys.stop_loss) stop.loss = *keys.stop_loss;
  if (keys.stop_gradient_norm) stop.gradient_norm = *keys.stop_gradient_norm;
  if (const auto& limit = keys.stop_sharpness) {
    stop.own_step = limit->own && has_own_steps;
    const StepSize& tau = limit->step_size;
    if (!limit->own) stop.sharpness = 2.0 / (tau.relative ? tau.value / unit.sharpness : tau.value);
  }
  return stop;
}

std::int64_t checksum_at_start(const Problem& problem) {
  Objective<double> objective(problem.plans, problem.samples);
  std::vector<double> numbers(problem.start.size() + 1);
  numbers.back() = objective.evaluate(problem.start.data(), numbers.data());
  return static_cast<std::int64_t>(crc32_z(crc32_z(0, nullptr, 0),
                                           reinterpret_cast<const unsigned char*>(numbers.data()),
                                           numbers.size() * sizeof numbers[0]));
}

}  // namespace

void plan_runs(UnitSetup& planned) {
  const Configuration& configuration = *planned.configuration;
  const Unit& unit = *planned.unit;
  const Problem& problem = planned.problem;
  if (configuration.projection && unit.flows > 0) require_laws_to_project(problem);
  if (needs_sharpness(configuration, unit)) planned.sharpness = sharpness_at_start(problem, configuration.backend);
  planned.checksum = checksum_at_start(problem);

  const double time = required_time(problem);
  const StepFormat format = step_format(unit);
  const std::optional<std::int64_t> cap = configuration.steps > 0 ? std::optional(configuration.steps) : std::nullopt;
  planned.runs.resize(unit.runs.size());
  std::vector<double> extra;
  for (std::size_t i = unit.flows; i < unit.runs.size(); ++i) {
    const LadderRun& run = unit.runs[i];
    RunSetup& setup = planned.runs[i];
    setup.run = &run;
    setup.batch = samples_a_step(configuration, problem, run);
    setup.step_size = run.step_size.relative ? run.step_size.value / planned.sharpness : run.step_size.value;
    if (setup.step_size > time)
      throw InputError("step-size: " + exact_text(setup.step_size) + " is above the time T = " + exact_text(time) +
                       ", so not one step fits; give a smaller step size or a longer --time");
    setup.stop = stop_at(configuration, planned, true);
    setup.schedule.emplace(run.schedule, setup.step_size, time, cap, format);
    setup.plan = plan_steps(*setup.schedule, time, keys_of<DriftKeys>(configuration).records);
    for (const double t : setup.plan.row_times()) extra.push_back(t);
  }
  for (std::size_t i = 0; i < unit.flows; ++i) {
    RunSetup& setup = planned.runs[i];
    setup.run = &unit.runs[i];
    setup.stop = stop_at(configuration, planned, false);
    setup.plan = plan_flow(time, keys_of<DriftKeys>(configuration).records);
    if (i > 0) continue;
    // The reference flow also stops where any other run records: flows at the grid, GD and SGD at steps of their own.
    for (const double t : setup.plan.row_times()) extra.push_back(t);
    setup.plan = plan_flow(time, keys_of<DriftKeys>(configuration).records, extra);
  }
}

}  // namespace invar
