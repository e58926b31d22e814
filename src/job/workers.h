// The runs of all units over threads: a unit's first flow before its other runs, which compare themselves with it;
// units and runs otherwise in any order. Where one run is all there is, the threads go to its batch.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "job/execute.h"

namespace invar {

/// Told of each run that is over, or was before, by unit and run; from one thread at a time.
using RunEnded = std::function<void(std::size_t unit, std::size_t run, const RunOutcome& outcome)>;

/// Outcomes by unit and run, of runs that had ended before as they were saved; those that an interruption left out have
/// `begun` false.
std::vector<std::vector<RunOutcome>> run_all(const std::vector<std::unique_ptr<UnitSetup>>& units, int threads,
                                             record::ResultsFile& file, SavedRuns& saved, ProgressLine& progress,
                                             const RunEnded& ended);

/// The configuration's threads; for 0 as many as there are processors.
int thread_count(const Configuration& configuration);

}  // namespace invar
