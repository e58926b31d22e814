// What the runs together say of every law: verdicts with their evidence, and exponents.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "job/law_range.h"
#include "job/run_outcome.h"
#include "job/run_setup.h"
#include "job/study.h"
#include "law/exponent.h"
#include "law/verdict.h"

namespace invar {

/// One law of one model in one number format, over all its start seeds and runs.
struct Finding {
  std::string model;
  std::size_t form = 0;  // number of its law among the forms, or the general laws, of its units' problems
  bool general = false;
  std::vector<std::size_t> units;
  Verdict verdict;
  /// How the drift scales, for GD and for each batch size of SGD.
  struct Scaling {
    Configuration::Method method = Configuration::Method::gd;
    std::int64_t batch = 0;                    // 0: GD
    std::optional<Exponent> step_size;         // against τ, constant schedule, at the end time
    std::optional<Exponent> sum_step_squared;  // against Σ τ², all schedules, at the end of each
  };
  std::vector<Scaling> scaling;

  /// Null where there is no such run.
  const Scaling* scaling_of(Configuration::Method method, std::int64_t batch) const;
};

std::vector<Finding> findings(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes);

/// Verdicts and exponents, in each of a law's cases.
void add_to_summary(const std::vector<std::unique_ptr<UnitSetup>>& units, const std::vector<Finding>& findings,
                    JobSummary& summary);

}  // namespace invar
