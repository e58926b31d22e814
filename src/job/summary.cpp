#include "job/summary.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "job/law_range.h"
#include "law/block_error.h"

namespace invar {
namespace {

/// Where the run ended and how far the law drifted. A law of one component keeps its sign.
void add_end(record::SummaryCase& one, const Problem& problem, std::size_t form, const RunOutcome& outcome) {
  const LawRange range = form_range(problem, form);
  const bool single = range.components == 1;
  const BudgetRow& end = outcome.end;
  const auto groups = [&](const std::vector<double>& all) { return std::span(all).subspan(range.group, range.groups); };
  one.drift = single ? end.drift[range.component] : root_of_squares(end.group_drift, range.group, range.groups);
  one.drift_max = root_of_squares(outcome.group_drift_max, range.group, range.groups);
  one.relative_drift = largest_size(end.group_relative_drift, range.group, range.groups);
  one.law_error = block_error(groups(end.group_drift), groups(end.group_start), groups(end.group_magnitude));
  one.defect = largest_size(outcome.defect_max, range.component, range.components);
  one.step_share = step_share(problem.forms[form], end, range.component);
  one.bound = root_of_squares(end.group_bound, range.group, range.groups);
  one.ratio = bound_ratio(end, range);
  if (!outcome.prediction.empty())
    one.prediction = single ? outcome.prediction[range.component]
                            : weighted_norm(problem.forms[form], outcome.prediction, range.component);
}

/// Value and defect are all that is known of a general law.
void add_general_end(record::SummaryCase& one, const Problem& problem, std::size_t law, const RunOutcome& outcome) {
  const LawRange range = general_range(problem, law);
  const double size = root_of_squares(outcome.general_start, range.component, range.components);
  one.drift = distance(outcome.general_end, outcome.general_start, range);
  one.relative_drift = size > 0.0 ? one.drift / size : record::kNaN;
  one.defect = largest_size(outcome.general_defect_max, range.component, range.components);
}

}  // namespace

JobSummary::JobSummary(const std::vector<std::unique_ptr<UnitSetup>>& units) : units_(units) {
  for (const auto& unit : units) {
    begin_.push_back(cases_.size());
    const Problem& problem = unit->problem;
    for (const RunSetup& run : unit->runs) {
      record::SummaryCase one;
      one.run = run.run->number;
      one.model = unit->unit->label;
      one.method = Configuration::name(run.run->method);
      one.start_seed = unit->unit->start_seed;
      one.sampling_seed = run.run->sampling_seed;
      one.precision = Configuration::name(unit->unit->precision);
      one.status = to_string(record::RunStatus::pending);
      if (run.schedule) {
        one.step_size = run.step_size;
        one.schedule = to_string(run.run->schedule);
      } else {
        one.rtol = run.run->rtol;
      }
      if (run.run->method == Configuration::Method::sgd) one.batch = run.batch / unit->configuration->accumulate;
      const auto append = [&](const auto& law, std::size_t components) {
        one.law = (law.scope.empty() ? "" : law.scope + ".") + law.name;
        one.kind = to_string(law.kind);
        one.components = static_cast<std::int64_t>(components);
        cases_.push_back(one);
      };
      for (const LawForm& form : problem.forms) append(form, static_cast<std::size_t>(form.components()));
      for (std::size_t law = 0; law < problem.general.size(); ++law)
        append(problem.general[law], general_range(problem, law).components);
    }
  }
}

std::size_t JobSummary::laws(std::size_t unit) const {
  return units_[unit]->problem.forms.size() + units_[unit]->problem.general.size();
}

void JobSummary::end_run(std::size_t unit, std::size_t run, const RunOutcome& outcome, record::ResultsFile& file) {
  if (!outcome.begun) return;
  const Problem& problem = units_[unit]->problem;
  const std::size_t begin = first(unit, run);
  for (std::size_t law = 0; law < laws(unit); ++law) {
    record::SummaryCase& one = cases_[begin + law];
    one.status = to_string(status_of(outcome.summary.end));
    one.time = outcome.summary.t;
    one.loss = outcome.loss;
    if (law < problem.forms.size())
      add_end(one, problem, law, outcome);
    else
      add_general_end(one, problem, law - problem.forms.size(), outcome);
  }
  file.write_summary(cases_, begin, laws(unit));
}

}  // namespace invar
