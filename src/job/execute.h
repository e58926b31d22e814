// One run of a unit, from its start, or where it was saved, to its end in the file.
#pragma once

#include <memory>

#include "integrators/registry.h"
#include "job/study.h"

namespace invar {

/// What the runs of a job share.
struct Execution {
  const Study& study;
  record::ResultsFile& file;
  SavedRuns& saved;
  ProgressLine& progress;
  int threads = 1;  // of a run
};

/// `study`: of the unit; `thread`: what this thread keeps of it.
RunOutcome execute(const Execution& job, const UnitSetup& unit, std::size_t run, UnitStudy& study,
                   std::unique_ptr<ThreadState>& thread);

/// A method's options but for tolerances and schedule.
MethodOptions usual_options(const Configuration& configuration, const Problem& problem);
/// The configuration's limits of a run.
Limits limits_of(const Configuration& configuration);

}  // namespace invar
