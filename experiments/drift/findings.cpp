#include "experiments/drift/findings.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "experiments/drift/checks_of_laws.h"
#include "job/law_range.h"

namespace invar {
namespace {

using Method = Configuration::Method;

// Steps hardly grow while the tolerance tightens: stability or the recorded times set them, not the tolerance.
constexpr double kSameSteps = 1.2;
// Of a general law's value: its own, and those of the parameters' updates that it sums up.
constexpr double kRoundings = 1e3;

bool usable(const RunOutcome& outcome) {
  const End end = outcome.summary.end;
  return outcome.begun && (end == End::completed || end == End::stopped || truncated(end));
}

FlowEnd flow_end(const RunOutcome& outcome) {
  if (!outcome.begun) return FlowEnd::interrupted;
  switch (outcome.summary.end) {
    case End::completed:
    case End::stopped:  // the flows of all tolerances meet the condition at one place, but for their errors
      return FlowEnd::finished;
    case End::diverged:
      return FlowEnd::diverged;
    case End::stalled:
      return FlowEnd::sliding;
    case End::interrupted:
      return FlowEnd::interrupted;
    default:
      return FlowEnd::truncated;
  }
}

// Without a budget nobody has added up the roundings: as many of the law's terms as of a general law's value.
double rounding_floor(const UnitSetup& unit, const BudgetRow& end, const LawRange& range) {
  if (unit.configuration->budget != Configuration::Budget::off)
    return root_of_squares(end.group_floor, range.group, range.groups);
  const double unit_roundoff = unit.unit->precision == Configuration::Precision::in_float
                                   ? std::numeric_limits<float>::epsilon()
                                   : std::numeric_limits<double>::epsilon();
  return kRoundings * unit_roundoff * root_of_squares(end.group_magnitude, range.group, range.groups);
}

/// Drifts at the ends of runs, by method and batch: what exponents are fitted to. The runs of one start seed and one
/// sampling seed are a series: how far a law drifts differs from seed to seed, how it scales does not.
class Ladders {
 public:
  void add(std::size_t unit, const RunSetup& setup, const RunOutcome& outcome, double drift, double floor) {
    Ladder& ladder = ladders_[{setup.run->method, setup.batch}];
    const int series =
        series_.try_emplace({unit, setup.run->sampling_seed}, static_cast<int>(series_.size())).first->second;
    // A general law has no budget that adds up Σ τ²; the loop has.
    ladder.by_squares.push_back({outcome.summary.progress.sum_step_squared.value(), drift, floor, series});
    if (setup.run->schedule.kind == ScheduleRule::Kind::constant && outcome.summary.end == End::completed)
      ladder.by_step.push_back({setup.step_size, drift, floor, series});
  }

  std::vector<Finding::Scaling> exponents() const {
    std::vector<Finding::Scaling> result;
    for (const auto& [key, ladder] : ladders_)
      result.push_back({key.first, key.second, drift_exponent(ladder.by_step), drift_exponent(ladder.by_squares)});
    return result;
  }

 private:
  struct Ladder {
    std::vector<DriftPoint> by_step, by_squares;
  };
  std::map<std::pair<Method, std::int64_t>, Ladder> ladders_;
  std::map<std::pair<std::size_t, std::int64_t>, int> series_;  // their numbers, by unit and sampling seed
};

/// Of one law over all the runs of some units. Value and defect are all that is known of a general law; its floor is
/// that of its value's rounding.
class Finder {
 public:
  Finder(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes)
      : units_(units), outcomes_(outcomes), checks_(units, outcomes) {}

  Finding find(const std::string& model, const std::vector<std::size_t>& members, std::size_t number, bool general) {
    Finding finding;
    finding.model = model;
    finding.form = number;
    finding.general = general;
    finding.units = members;
    std::vector<FlowEvidence> flows;
    Ladders ladders;
    for (const std::size_t u : members) {
      const UnitSetup& unit = *units_[u];
      for (std::size_t r = 0; r < unit.runs.size(); ++r) {
        const RunOutcome& outcome = outcomes_[u][r];
        if (!outcome.begun) continue;
        const FlowEvidence evidence = general ? evidence_of_general(u, r, number) : evidence_of(u, r, number);
        if (unit.runs[r].run->method != Method::flow) {
          if (usable(outcome)) ladders.add(u, unit.runs[r], outcome, evidence.drift, evidence.floor);
        } else if (!repeats(u, r)) {
          flows.push_back(evidence);
        }
      }
    }
    LawEvidence law = flows.empty() ? LawEvidence{} : checks_.law(members, number, general);
    if (wants_halved(flows)) law.drift_halved = checks_.drift_halved(members, number, general);
    finding.verdict = judge(flows, law);
    finding.scaling = ladders.exponents();
    return finding;
  }

 private:
  FlowEvidence evidence_of(std::size_t u, std::size_t r, std::size_t form) const {
    const UnitSetup& unit = *units_[u];
    const RunOutcome& outcome = outcomes_[u][r];
    const BudgetRow& end = outcome.end;
    const LawRange range = form_range(unit.problem, form);
    FlowEvidence flow = evidence_of_run(u, r);
    flow.defect = largest_size(outcome.defect_max, range.component, range.components);
    flow.quad_defect = checks_.quad_defect(u, r, form);
    flow.drift = root_of_squares(end.group_drift, range.group, range.groups);
    flow.floor = rounding_floor(unit, end, range);
    if (unit.configuration->budget != Configuration::Budget::off && end.divided) {
      flow.gradient_part = root_of_squares(end.group_gradient, range.group, range.groups);
      flow.gradient_rounding = root_of_squares(end.group_gradient_rounding, range.group, range.groups);
    }
    return flow;
  }

  FlowEvidence evidence_of_general(std::size_t u, std::size_t r, std::size_t law) const {
    const RunOutcome& outcome = outcomes_[u][r];
    const LawRange range = general_range(units_[u]->problem, law);
    FlowEvidence flow = evidence_of_run(u, r);
    flow.defect = largest_size(outcome.general_defect_max, range.component, range.components);
    flow.drift = distance(outcome.general_end, outcome.general_start, range);
    flow.floor = kRoundings * std::numeric_limits<double>::epsilon() *
                 root_of_squares(outcome.general_start, range.component, range.components);
    return flow;
  }

  FlowEvidence evidence_of_run(std::size_t u, std::size_t r) const {
    FlowEvidence flow;
    flow.tolerance = units_[u]->runs[r].run->rtol;
    flow.end = flow_end(outcomes_[u][r]);
    flow.step_limited = units_[u]->runs[r].run->method == Method::flow && step_is_limited(u, r);
    return flow;
  }

  /// Whether something else than the tolerance set the steps: the times at which the flow had to stop (the reference
  /// does wherever another run records) asked for nearly as many, or the next looser tolerance of the same flow took
  /// nearly as many.
  bool step_is_limited(std::size_t u, std::size_t r) const {
    const UnitSetup& unit = *units_[u];
    const Summary& summary = outcomes_[u][r].summary;
    const auto steps = static_cast<double>(summary.counters.accepted);
    const auto stops =
        std::ranges::count_if(unit.runs[r].plan.stops, [&](const PlanStop& stop) { return stop.t <= summary.t; });
    if (steps < kSameSteps * static_cast<double>(stops)) return true;
    for (std::size_t other = r + 1; other < unit.unit->flows; ++other)
      if (unit.runs[other].run->integrator == unit.runs[r].run->integrator && outcomes_[u][other].begun &&
          !repeats(u, other))
        return steps < kSameSteps * static_cast<double>(outcomes_[u][other].summary.counters.accepted);
    return false;
  }

  /// A flow that an earlier, tighter one of its unit is already: it says nothing more.
  bool repeats(std::size_t u, std::size_t r) const {
    for (std::size_t other = 0; other < r; ++other)
      if (outcomes_[u][other].begun && same_flow(outcomes_[u][other], outcomes_[u][r])) return true;
    return false;
  }

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  const Outcomes& outcomes_;
  Checks checks_;
};

std::string model_of(const UnitSetup& unit) {
  std::string name = unit.unit->label;
  if (unit.configuration->precision.size() > 1)
    name += " (" + std::string(Configuration::name(unit.unit->precision)) + ")";
  return name;
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

}  // namespace

const Finding::Scaling* Finding::scaling_of(Configuration::Method method, std::int64_t batch) const {
  const auto found =
      std::ranges::find_if(scaling, [&](const Scaling& one) { return one.method == method && one.batch == batch; });
  return found == scaling.end() ? nullptr : &*found;
}

std::vector<Finding> findings(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes) {
  std::vector<std::pair<std::string, std::vector<std::size_t>>> models;
  for (std::size_t u = 0; u < units.size(); ++u) {
    const std::string name = model_of(*units[u]);
    auto found = std::ranges::find(models, name, &std::pair<std::string, std::vector<std::size_t>>::first);
    if (found == models.end()) found = models.insert(models.end(), {name, {}});
    found->second.push_back(u);
  }
  Finder finder(units, outcomes);
  std::vector<Finding> result;
  for (const auto& [name, members] : models) {
    for (std::size_t form = 0; form < units[members.front()]->problem.forms.size(); ++form)
      result.push_back(finder.find(name, members, form, false));
    for (std::size_t law = 0; law < units[members.front()]->problem.general.size(); ++law)
      result.push_back(finder.find(name, members, law, true));
  }
  return result;
}

void add_to_summary(const std::vector<std::unique_ptr<UnitSetup>>& units, const std::vector<Finding>& all,
                    JobSummary& summary) {
  for (const Finding& finding : all)
    for (const std::size_t unit : finding.units)
      for (std::size_t run = 0; run < units[unit]->runs.size(); ++run) {
        const std::size_t law = finding.form + (finding.general ? units[unit]->problem.forms.size() : 0);
        add_finding(summary.at(unit, run, law), finding, units[unit]->runs[run]);
      }
}

}  // namespace invar
