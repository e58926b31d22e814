// One run of a unit, from its start, or where it was saved, to its end in the file.
#pragma once

#include "integrators/registry.h"
#include "job/recorder.h"

namespace invar {

/// `measures`: made where it is null and asked for. `reference`: filled by the unit's first run where that is a flow,
/// read by the others; null where the unit has no flow. `threads`: over the chunks of a batch; the numbers do not
/// depend on it.
RunOutcome execute(const UnitSetup& unit, std::size_t run, std::unique_ptr<Measures>& measures,
                   ReferenceFlow* reference, record::ResultsFile& file, SavedRuns& saved, ProgressLine& progress,
                   int threads);

/// A method's options but for tolerances and schedule.
MethodOptions usual_options(const Configuration& configuration, const Problem& problem);
/// The configuration's limits of a run.
Limits limits_of(const Configuration& configuration);

}  // namespace invar
