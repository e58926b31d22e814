// The summary of a results file: a case for each run and law, in the order of units, runs and laws.
#pragma once

#include <memory>
#include <vector>

#include "job/run_outcome.h"
#include "job/run_setup.h"
#include "record/description.h"
#include "record/results_file.h"

namespace invar {

class JobSummary {
 public:
  /// Before the runs: what identifies the cases.
  explicit JobSummary(const std::vector<std::unique_ptr<UnitSetup>>& units);

  const std::vector<record::SummaryCase>& cases() const { return cases_; }

  /// What a run says that has ended; also in the file.
  void end_run(std::size_t unit, std::size_t run, const RunOutcome& outcome, record::ResultsFile& file);
  /// A run's law, a form or, behind these, a general law: for what all runs together say of it.
  record::SummaryCase& at(std::size_t unit, std::size_t run, std::size_t law) { return cases_[first(unit, run) + law]; }

 private:
  /// Where the cases of a run begin.
  std::size_t first(std::size_t unit, std::size_t run) const { return begin_[unit] + run * laws(unit); }
  std::size_t laws(std::size_t unit) const;

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  std::vector<std::size_t> begin_;  // of each unit
  std::vector<record::SummaryCase> cases_;
};

}  // namespace invar
