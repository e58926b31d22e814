// How long the runs of `train` are, and where they record: steps or epochs are given, and no time.
#pragma once

#include "job/run_setup.h"

namespace invar {

/// Steps and rows of a unit whose problem is built. Throws InputError.
void plan_training(UnitSetup& unit);

/// Steps of a run; `samples_a_step`: 0 for all.
std::int64_t training_steps(const Configuration& configuration, const Problem& problem, Index samples_a_step);
/// Steps of a run between two rows.
std::int64_t rows_every(const Configuration& configuration, std::int64_t steps);

}  // namespace invar
