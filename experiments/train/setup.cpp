#include "experiments/train/setup.h"

#include <zlib.h>

#include <algorithm>

#include "error.h"
#include "experiments/train/keys.h"
#include "problem/keys.h"

namespace invar {
namespace {

constexpr std::int64_t kUsualRows = 100;

/// Of the start, of the block's constants and of all that is trained and evaluated on, one after the other. (That of a
/// gradient over all samples, as for flows, would take as long as an epoch.)
std::int64_t checksum(const Problem& problem) {
  uLong sum = crc32_z(0, nullptr, 0);
  const auto add = [&](const std::vector<double>& numbers) {
    sum = crc32_z(sum, reinterpret_cast<const unsigned char*>(numbers.data()), numbers.size() * sizeof(double));
  };
  add(problem.start);
  for (const Constant& constant : problem.constants) add(*constant.values);
  for (const data::SharedRows& rows :
       {problem.samples.input, problem.samples.target, problem.evaluation.input, problem.evaluation.target})
    if (rows) sum = crc32_combine(sum, rows->summary().crc, rows->summary().bytes);
  return static_cast<std::int64_t>(sum);
}

}  // namespace

std::int64_t training_steps(const Configuration& configuration, const Problem& problem, Index samples_a_step) {
  if (configuration.steps > 0) return configuration.steps;
  const Index a_epoch = samples_a_step == 0 ? 1 : std::max<Index>(1, problem.samples.count / samples_a_step);
  if (configuration.epochs > kMostSteps / a_epoch)
    throw InputError("epochs: " + std::to_string(configuration.epochs) + " of " + std::to_string(a_epoch) +
                     " steps are more than 10^9 steps; give fewer");
  return configuration.epochs * a_epoch;
}

std::int64_t rows_every(const Configuration& configuration, std::int64_t steps) {
  const auto& keys = keys_of<TrainKeys>(configuration);
  if (keys.every > 0 && steps / keys.every > kMostRows)
    throw InputError("every: a row every " + std::to_string(keys.every) + " of " + std::to_string(steps) +
                     " steps makes more than " + std::to_string(kMostRows) + " rows in a run; give a larger number");
  return keys.every > 0 ? keys.every : (steps + kUsualRows - 1) / kUsualRows;
}

void plan_training(UnitSetup& unit) {
  const Configuration& configuration = *unit.configuration;
  unit.checksum = checksum(unit.problem);
  for (const LadderRun& run : unit.unit->runs) {
    RunSetup& setup = unit.runs.emplace_back();
    setup.run = &run;
    setup.batch = samples_a_step(configuration, unit.problem, run);
    setup.step_size = run.step_size.value;
    const std::int64_t steps = training_steps(configuration, unit.problem, setup.batch);
    setup.schedule.emplace(run.schedule, setup.step_size, steps, step_format(*unit.unit));
    setup.plan = plan_every(*setup.schedule, rows_every(configuration, steps));
  }
}

}  // namespace invar
