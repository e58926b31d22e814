// The summary of a results file: a case for each run and law.
#pragma once

#include <memory>
#include <vector>

#include "job/findings.h"
#include "record/description.h"

namespace invar {

/// Before the runs: what identifies the cases.
std::vector<record::SummaryCase> summary_cases(const std::vector<std::unique_ptr<UnitSetup>>& units);

/// After them: their numbers and verdicts.
void fill_summary(std::vector<record::SummaryCase>& cases, const std::vector<std::unique_ptr<UnitSetup>>& units,
                  const Outcomes& outcomes, const std::vector<Finding>& findings);

}  // namespace invar
