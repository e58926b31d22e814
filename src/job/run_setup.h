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
  double sharpness = 0.0;      // λ_max at the start; 0 where no step size asks for it
  std::int64_t checksum = 0;   // of all that was read
  std::vector<RunSetup> runs;  // as unit->runs

  std::size_t components() const;          // of the forms
  std::size_t general_components() const;  // of the general laws
};

/// Whether on a device the steps and the parts of their budget stay there: in one format, and what is reduced is
/// double at most.
bool steps_stay_on_device(const Configuration& configuration, Configuration::Precision precision);

/// The format in which a unit's methods take their steps.
StepFormat step_format(const Unit& unit);
/// Samples in a step of a run of sgd, accumulation included; 0 for other methods, which take all. Throws InputError.
Index samples_a_step(const Configuration& configuration, const Problem& problem, const LadderRun& run);

/// The largest eigenvalue of the Hessian at the start. Throws InputError where no step size can be relative to it.
double sharpness_at_start(const Problem& problem, Backend backend);

/// Gradients that a run takes as far as its steps are prescribed; 0 for a flow, whose steps are its own.
std::int64_t prescribed_gradients(const RunSetup& run);

}  // namespace invar
