#include "job/run_setup.h"

#include <algorithm>

#include "error.h"
#include "integrators/sharpness.h"
#include "problem/gradient_field.h"
#include "problem/law_sizes.h"
#include "problem/program.h"

namespace invar {
using Method = Configuration::Method;

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
  return form_components(problem);
}

std::size_t UnitSetup::general_components() const {
  return invar::general_components(problem);
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

std::int64_t prescribed_gradients(const RunSetup& run) {
  return run.schedule ? run.schedule->steps() : 0;
}

}  // namespace invar
