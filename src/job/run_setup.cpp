#include "job/run_setup.h"

#include <zlib.h>

#include <algorithm>

#include "error.h"
#include "integrators/sharpness.h"
#include "problem/gradient_field.h"
#include "problem/program.h"
#include "problem/projected_laws.h"
#include "problem/scale.h"

namespace invar {
namespace {

using Method = Configuration::Method;

bool needs_sharpness(const Configuration& configuration, const Unit& unit) {
  const auto& limit = configuration.stop_sharpness;
  if (limit && !limit->own && limit->step_size.relative) return true;
  return std::ranges::any_of(unit.runs,
                             [](const LadderRun& run) { return run.method != Method::flow && run.step_size.relative; });
}

StopAt stop_at(const Configuration& configuration, const UnitSetup& unit, bool has_own_steps) {
  StopAt stop;
  if (configuration.stop_loss) stop.loss = *configuration.stop_loss;
  if (configuration.stop_gradient_norm) stop.gradient_norm = *configuration.stop_gradient_norm;
  if (const auto& limit = configuration.stop_sharpness) {
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

double sharpness_at_start(const Problem& problem, Backend backend) {
  Objective<double> objective(problem.plans, problem.samples, 0, 1, backend);
  GradientField<double> field(objective);
  const State<double> theta =
      Eigen::Map<const State<double>>(problem.start.data(), static_cast<Eigen::Index>(problem.start.size()));
  const Sharpness found = sharpness<double>(field, theta);
  if (!found.finite)
    throw InputError(
        "step-size: the Hessian of the loss is not finite at the start, so no step size can be relative to "
        "its sharpness; give absolute ones, --step-size 0.1, or another start");
  if (!(found.largest > 0.0))
    throw InputError("step-size: the sharpness at the start is " + exact_text(found.largest) +
                     ", so no step size can be relative to it; give absolute ones, --step-size 0.1");
  return found.largest;
}

std::size_t UnitSetup::components() const {
  std::size_t count = 0;
  for (const LawForm& form : problem.forms) count += static_cast<std::size_t>(form.components());
  return count;
}

std::size_t UnitSetup::general_components() const {
  std::size_t count = 0;
  for (const Law& law : problem.general)
    count += static_cast<std::size_t>(extent_product(problem.block.graph[law.node].shape));
  return count;
}

bool steps_stay_on_device(const Configuration& configuration, Configuration::Precision precision) {
  return configuration.program->steps_on_device && precision != Configuration::Precision::mixed &&
         configuration.budget != Configuration::Budget::exact;
}

StepFormat step_format(const Unit& unit) {
  return unit.precision == Configuration::Precision::in_float ? StepFormat::float32 : StepFormat::float64;
}

Index samples_a_step(const Configuration& configuration, const Problem& problem, const LadderRun& run) {
  constexpr Index kUsualBatch = 32;
  if (run.method != Method::sgd) return 0;
  const Index most = std::max<Index>(1, problem.samples.count / (2 * configuration.accumulate));
  const Index batch = run.batch == kDefaultBatch ? std::min(kUsualBatch, most) : run.batch;
  constexpr Index kMost = 10'000'000;  // whose list is drawn at once
  if (batch > kMost / configuration.accumulate)
    throw InputError("batch: " + std::to_string(batch) + " times accumulate " +
                     std::to_string(configuration.accumulate) +
                     " are more than 10^7 samples in a step; give a smaller batch, or fewer to accumulate");
  if (batch * configuration.accumulate > problem.samples.count && !configuration.replacement)
    throw InputError("batch: " + std::to_string(batch) +
                     (configuration.accumulate > 1
                          ? " times accumulate " + std::to_string(configuration.accumulate) + " makes a step of " +
                                std::to_string(batch * configuration.accumulate) + " samples, which"
                          : "") +
                     " is above the number of samples, " + std::to_string(problem.samples.count) + "; give a smaller " +
                     (configuration.accumulate > 1 ? "batch, fewer to accumulate" : "batch") + ", or --replacement");
  return batch * configuration.accumulate;
}

std::unique_ptr<UnitSetup> set_up(const Configuration& configuration, const Unit& unit, DataSource& source) {
  auto result = std::make_unique<UnitSetup>();
  result->configuration = &configuration;
  result->unit = &unit;
  result->problem = build_problem(configuration, unit, source);
  const Problem& problem = result->problem;
  check_scale(problem, unit.precision);
  if (!configuration.program->follows_time) {
    plan_training(*result);
    return result;
  }
  if (configuration.projection && unit.flows > 0) require_laws_to_project(problem);
  if (needs_sharpness(configuration, unit)) result->sharpness = sharpness_at_start(problem, configuration.backend);
  result->checksum = checksum_at_start(problem);

  const StepFormat format = step_format(unit);
  const std::optional<std::int64_t> cap = configuration.steps > 0 ? std::optional(configuration.steps) : std::nullopt;
  result->runs.resize(unit.runs.size());
  std::vector<double> extra;
  for (std::size_t i = unit.flows; i < unit.runs.size(); ++i) {
    const LadderRun& run = unit.runs[i];
    RunSetup& setup = result->runs[i];
    setup.run = &run;
    setup.batch = samples_a_step(configuration, problem, run);
    setup.step_size = run.step_size.relative ? run.step_size.value / result->sharpness : run.step_size.value;
    if (setup.step_size > problem.time)
      throw InputError("step-size: " + exact_text(setup.step_size) +
                       " is above the time T = " + exact_text(problem.time) +
                       ", so not one step fits; give a smaller step size or a longer --time");
    setup.stop = stop_at(configuration, *result, true);
    setup.schedule.emplace(run.schedule, setup.step_size, problem.time, cap, format);
    setup.plan = plan_steps(*setup.schedule, problem.time, configuration.records);
    for (const double t : setup.plan.row_times()) extra.push_back(t);
  }
  for (std::size_t i = 0; i < unit.flows; ++i) {
    RunSetup& setup = result->runs[i];
    setup.run = &unit.runs[i];
    setup.stop = stop_at(configuration, *result, false);
    setup.plan = plan_flow(problem.time, configuration.records);
    if (i > 0) continue;
    // The reference flow also stops where any other run records: flows at the grid, GD and SGD at steps of their own.
    for (const double t : setup.plan.row_times()) extra.push_back(t);
    setup.plan = plan_flow(problem.time, configuration.records, extra);
  }
  return result;
}

std::int64_t prescribed_gradients(const RunSetup& run) {
  return run.schedule ? run.schedule->steps() : 0;
}

}  // namespace invar
