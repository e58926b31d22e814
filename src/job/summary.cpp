#include "job/summary.h"

#include <algorithm>
#include <cmath>

#include "job/law_range.h"

namespace invar {
namespace {

const Finding& finding_of(const std::vector<Finding>& all, std::size_t unit, std::size_t number, bool general) {
  return *std::ranges::find_if(all, [&](const Finding& finding) {
    return finding.form == number && finding.general == general &&
           std::ranges::find(finding.units, unit) != finding.units.end();
  });
}

void add_finding(record::SummaryCase& one, const Finding& finding, const RunSetup& run) {
  one.verdict = to_string(finding.verdict.outcome);
  one.evidence = finding.verdict.evidence;
  const Finding::Scaling* scaling = finding.scaling_of(run.run->method, run.batch);
  if (scaling && scaling->step_size) {
    one.exponent_step_size = scaling->step_size->slope;
    one.exponent_step_size_error = scaling->step_size->standard_error;
  }
  if (scaling && scaling->sum_step_squared) {
    one.exponent_sum_step_squared = scaling->sum_step_squared->slope;
    one.exponent_sum_step_squared_error = scaling->sum_step_squared->standard_error;
  }
}

/// What the run itself says: where it ended and how far the law drifted. A law of one component keeps its sign.
void add_end(record::SummaryCase& one, const Problem& problem, std::size_t form, const RunOutcome& outcome) {
  const LawRange range = form_range(problem, form);
  const bool single = range.components == 1;
  one.time = outcome.summary.t;
  one.drift =
      single ? outcome.end.drift[range.component] : root_of_squares(outcome.end.group_drift, range.group, range.groups);
  one.drift_max = root_of_squares(outcome.group_drift_max, range.group, range.groups);
  one.bound = root_of_squares(outcome.end.group_bound, range.group, range.groups);
  one.ratio = bound_ratio(outcome.end, range);
  if (!outcome.prediction.empty())
    one.prediction = single ? outcome.prediction[range.component]
                            : weighted_norm(problem.forms[form], outcome.prediction, range.component);
}

}  // namespace

std::vector<record::SummaryCase> summary_cases(const std::vector<std::unique_ptr<UnitSetup>>& units) {
  std::vector<record::SummaryCase> cases;
  for (const auto& unit : units)
    for (const RunSetup& run : unit->runs) {
      const auto append = [&](const auto& law) {
        record::SummaryCase one;
        one.run = run.run->number;
        one.model = unit->unit->label;
        one.method = Configuration::name(run.run->method);
        one.law = (law.scope.empty() ? "" : law.scope + ".") + law.name;
        one.kind = to_string(law.kind);
        one.start_seed = unit->unit->start_seed;
        one.sampling_seed = run.run->sampling_seed;
        one.precision = Configuration::name(unit->unit->precision);
        if (run.schedule) {
          one.step_size = run.step_size;
          one.schedule = to_string(run.run->schedule);
        } else {
          one.rtol = run.run->rtol;
        }
        if (run.run->method == Configuration::Method::sgd) one.batch = run.batch / unit->configuration->accumulate;
        cases.push_back(one);
      };
      for (const LawForm& form : unit->problem.forms) append(form);
      for (const Law& law : unit->problem.general) append(law);
    }
  return cases;
}

void fill_summary(std::vector<record::SummaryCase>& cases, const std::vector<std::unique_ptr<UnitSetup>>& units,
                  const Outcomes& outcomes, const std::vector<Finding>& all) {
  std::size_t number = 0;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Problem& problem = units[u]->problem;
    for (std::size_t r = 0; r < outcomes[u].size(); ++r) {
      const RunOutcome& outcome = outcomes[u][r];
      const RunSetup& run = units[u]->runs[r];
      for (std::size_t f = 0; f < problem.forms.size(); ++f) {
        record::SummaryCase& one = cases[number++];
        if (!all.empty()) add_finding(one, finding_of(all, u, f, false), run);
        if (outcome.begun) add_end(one, problem, f, outcome);
      }
      for (std::size_t law = 0; law < problem.general.size(); ++law) {
        record::SummaryCase& one = cases[number++];
        if (!all.empty()) add_finding(one, finding_of(all, u, law, true), run);
        if (!outcome.begun) continue;
        one.time = outcome.summary.t;
        one.drift = distance(outcome.general_end, outcome.general_start, general_range(problem, law));
      }
    }
  }
}

}  // namespace invar
