// The runs of all units over threads: where the other runs of a unit look at its first one, that before them; units and
// runs otherwise in any order. Where one run is all there is, the threads go to its batch.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "job/execute.h"

namespace invar {

/// Told of each run that is over, or was before, by unit and run; from one thread at a time.
using RunEnded = std::function<void(std::size_t unit, std::size_t run, const RunOutcome& outcome)>;

/// Outcomes of runs that had ended before as they were saved; those that an interruption left out have `begun` false.
/// `job.threads`: of all runs together.
Outcomes run_all(const std::vector<std::unique_ptr<UnitSetup>>& units, const Execution& job, const RunEnded& ended);

/// The configuration's threads; for 0 as many as there are processors.
int thread_count(const Configuration& configuration);

}  // namespace invar
