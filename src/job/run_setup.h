// What is known of a unit and its runs before the first step: the problem, absolute step sizes, where each run records,
// and so the size of everything in the results file.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "integrators/clock.h"
#include "integrators/schedule.h"
#include "integrators/stop.h"
#include "problem/problem.h"

namespace invar {

struct RunSetup {
  const LadderRun* run = nullptr;
  double step_size = 0.0;            // absolute; 0 for a flow
  Index batch = 0;                   // samples in a step of sgd, accumulation included; 0 for others: all
  std::optional<Schedule> schedule;  // gd, sgd
  StopAt stop;                       // of sgd the recorder looks at rows, of others the loop
  Plan plan;
};

struct UnitSetup {
  const Configuration* configuration = nullptr;
  const Unit* unit = nullptr;
  Problem problem;
  double sharpness = 0.0;  // λ_max at the start; 0 where no step size asks for it
  // CRC-32 of cost and gradient at the start, by the host: they depend on all that was read.
  std::int64_t checksum = 0;
  std::vector<RunSetup> runs;  // as unit->runs

  std::size_t components() const;          // of the forms
  std::size_t general_components() const;  // of the general laws
};

/// Builds the unit's problem and its runs. Throws InputError.
std::unique_ptr<UnitSetup> set_up(const Configuration& configuration, const Unit& unit, DataSource& source);

/// Steps and rows of `train`, where epochs or steps are given and no time.
void plan_training(UnitSetup& unit);

/// Whether on a device steps of `train` and the parts of their budget stay there: in one format, and what is reduced is
/// double at most.
bool steps_stay_on_device(const Configuration& configuration, Configuration::Precision precision);

/// The format in which a unit's methods take their steps.
StepFormat step_format(const Unit& unit);
/// Samples in a step of a run of sgd, accumulation included; 0 for other methods, which take all. Throws InputError.
Index samples_a_step(const Configuration& configuration, const Problem& problem, const LadderRun& run);

/// Steps of a run of `train`; `samples_a_step`: 0 for all.
std::int64_t training_steps(const Configuration& configuration, const Problem& problem, Index samples_a_step);
/// Steps of a run of `train` between two rows.
std::int64_t rows_every(const Configuration& configuration, std::int64_t steps);

/// The largest eigenvalue of the Hessian at the start. Throws InputError where no step size can be relative to it.
double sharpness_at_start(const Problem& problem, Backend backend);

/// Gradients that a run takes as far as its steps are prescribed; 0 for a flow, whose steps are its own.
std::int64_t prescribed_gradients(const RunSetup& run);

}  // namespace invar
