#include "experiments/accuracy/setup.h"

#include <algorithm>
#include <cmath>

#include "error.h"
#include "experiments/accuracy/keys.h"
#include "job/run_setup.h"
#include "problem/projected_laws.h"
#include "problem/scale.h"

namespace invar {
namespace {

/// Methods end at T only where steps of their size do: the nearest T/N stands for each size.
std::vector<double> step_sizes(const Configuration& configuration, AccuracySetup& setup) {
  const double time = required_time(setup.problem);
  std::vector<double> counts;
  for (const StepSize& asked : configuration.step_size) {
    if (asked.relative && !setup.sharpness) setup.sharpness = sharpness_at_start(setup.problem, configuration.backend);
    const double size = asked.relative ? asked.value / *setup.sharpness : asked.value;
    if (size > time)
      throw InputError("step-size: " + exact_text(size) + " is above the time T = " + exact_text(time) +
                       ", so not one step fits; give a smaller step size or a longer --time");
    const double count = std::round(time / size);
    if (std::ranges::find(counts, count) != counts.end())
      throw InputError("step-size: " + asked.text() + " and another one both mean " + exact_text(count) +
                       " steps to the time T = " + exact_text(time) + "; give step sizes further apart");
    counts.push_back(count);
  }
  std::ranges::sort(counts);
  std::vector<double> sizes;
  for (const double count : counts) sizes.push_back(time / count);
  return sizes;
}

AccuracyRun adaptive_run(const MethodEntry& method, const Tolerances& tolerances, double time) {
  AccuracyRun run;
  run.method = &method;
  run.tolerances = tolerances;
  run.plan = plan_flow(time, 1);
  return run;
}

AccuracyRun prescribed_run(const MethodEntry& method, double size, double time, StepFormat format) {
  AccuracyRun run;
  run.method = &method;
  run.schedule.emplace(ScheduleRule{}, size, time, std::nullopt, format);
  run.plan = plan_steps(*run.schedule, time, 1);
  return run;
}

}  // namespace

std::string AccuracyRun::text() const {
  return std::string(method->name) +
         (schedule ? " tau " + number_text((*schedule)[0]) : " rtol " + exact_text(tolerances.rtol));
}

std::size_t AccuracySetup::runs() const {
  std::size_t count = 0;
  for (const MethodFamily& family : families) count += family.runs.size();
  return count;
}

std::unique_ptr<AccuracySetup> set_up_accuracy(const Configuration& configuration) {
  auto setup = std::make_unique<AccuracySetup>();
  setup->configuration = &configuration;
  setup->unit = ladder(configuration).front();
  DataSource source(configuration);
  setup->problem = build_problem(configuration, setup->unit, source);
  const Problem& problem = setup->problem;
  check_scale(problem, setup->unit.precision);
  if (configuration.projection) require_laws_to_project(problem);

  const auto add_law = [&](const auto& law, std::int64_t components) {
    setup->laws.push_back(
        {(law.scope.empty() ? "" : law.scope + ".") + law.name, std::string(to_string(law.kind)), components});
  };
  for (const LawForm& form : problem.forms) add_law(form, form.components());
  for (const Law& law : problem.general) add_law(law, extent_product(problem.block.graph[law.node].shape));

  const auto& keys = keys_of<AccuracyKeys>(configuration);
  for (const std::string& name : keys.reference_methods)
    setup->references.push_back(adaptive_run(find_method(name), {keys.reference_rtol, usual_atol(keys.reference_rtol)},
                                             required_time(problem)));

  MethodFamily adaptive, prescribed;
  for (const std::string& name : keys.methods) {
    const MethodEntry& method = find_method(name);
    (method.adaptive ? adaptive : prescribed).methods.push_back(&method);
  }
  if (!adaptive.methods.empty()) {
    adaptive.tolerances = tolerances(configuration);
    std::ranges::reverse(adaptive.tolerances);
    for (const MethodEntry* method : adaptive.methods)
      for (const Tolerances& pair : adaptive.tolerances)
        adaptive.runs.push_back(adaptive_run(*method, pair, required_time(problem)));
    setup->families.push_back(std::move(adaptive));
  }
  if (!prescribed.methods.empty()) {
    prescribed.step_sizes = step_sizes(configuration, *setup);
    const StepFormat format =
        setup->unit.precision == Configuration::Precision::in_float ? StepFormat::float32 : StepFormat::float64;
    for (const MethodEntry* method : prescribed.methods)
      for (const double size : prescribed.step_sizes)
        prescribed.runs.push_back(prescribed_run(*method, size, required_time(problem), format));
    setup->families.push_back(std::move(prescribed));
  }
  return setup;
}

}  // namespace invar
