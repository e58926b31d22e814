#include "experiments/drift/checks_of_laws.h"

#include <algorithm>
#include <cmath>

#include "experiments/drift/halved_flow.h"
#include "job/law_range.h"
#include "law/evaluate.h"
#include "problem/law_sizes.h"
#include "problem/probes.h"

namespace invar {
namespace {

/// ‖h(end) − h(start)‖ over a form's components, off-diagonals of symmetric ones twice.
double drift_between(const LawForm& form, const std::vector<double>& start, const std::vector<double>& end) {
  const auto components = static_cast<std::size_t>(form.components());
  std::vector<double> first(components), last(components), low(components);
  Evaluator evaluator(form);
  evaluator.value(start.data(), {first.data(), low.data()}, Arithmetic::plain);
  evaluator.value(end.data(), {last.data(), low.data()}, Arithmetic::plain);
  for (std::size_t c = 0; c < components; ++c) last[c] -= first[c];
  return weighted_norm(form, last, 0);
}

double drift_between(const Block& block, const Law& law, const std::vector<double>& start,
                     const std::vector<double>& end) {
  GeneralLaw general(block, law);
  std::vector<double> first(static_cast<std::size_t>(general.components())), last(first.size());
  general.value(start.data(), first.data());
  general.value(end.data(), last.data());
  return distance(first, last, {.components = first.size()});
}

/// Whether some law's doubt is one that the gradient of all samples raises, and not the single ones'.
bool mean_is_needed(Probes& probes, const Problem& problem, const std::vector<double>& theta,
                    const std::vector<bool>& asked) {
  std::vector<double> defects(form_components(problem));
  probes.measure(theta.data(), nullptr, defects);
  for (std::size_t form = 0; form < asked.size(); ++form) {
    const LawRange range = form_range(problem, form);
    if (asked[form] && !(largest_size(defects, range.component, range.components) >= kConfirmAbove)) return true;
  }
  return false;
}

}  // namespace

Checks::Checks(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes)
    : units_(units), outcomes_(outcomes) {
  for (std::size_t u = 0; u < units.size(); ++u) {
    const Problem& problem = units[u]->problem;
    std::optional<Probes> probes;
    for (std::size_t r = 0; r < units[u]->unit->flows; ++r) {
      for (const auto& [theta, laws] : outcomes[u][r].worst.points()) {
        std::vector<bool> asked(problem.forms.size());
        for (const std::size_t law : laws) {
          const LawRange range = form_range(problem, law);
          // beyond what is kept lies what needs no quad
          asked[law] = largest_size(outcomes[u][r].defect_max, range.component, range.components) <= kConfirmBelow;
        }
        if (std::ranges::find(asked, true) == asked.end()) continue;
        if (!probes) probes.emplace(problem);
        const std::vector<double> defects =
            probes->quad_defects(theta->data(), asked, mean_is_needed(*probes, problem, *theta, asked));
        for (const std::size_t law : laws)
          if (asked[law]) quad_[{u, r, law}] = defects[law];
      }
    }
  }
}

std::optional<double> Checks::quad_defect(std::size_t unit, std::size_t run, std::size_t form) const {
  const auto found = quad_.find({unit, run, form});
  return found == quad_.end() ? std::nullopt : std::optional(found->second);
}

const Elsewhere& Checks::elsewhere(std::size_t unit) {
  const auto found = elsewhere_.find(unit);
  return found != elsewhere_.end() ? found->second
                                   : elsewhere_.emplace(unit, measure_elsewhere(units_[unit]->problem)).first->second;
}

LawEvidence Checks::law(const std::vector<std::size_t>& units, std::size_t number, bool general) {
  LawEvidence result;
  const Problem& problem = units_[units.front()]->problem;
  const LawRange range = general ? general_range(problem, number) : form_range(problem, number);
  result.components = range.components;
  std::vector<bool> seen(range.components);
  for (const std::size_t u : units)
    for (std::size_t r = 0; r < units_[u]->unit->flows; ++r) {
      const RunOutcome& outcome = outcomes_[u][r];
      if (!outcome.begun) continue;
      const std::vector<double>& defects = general ? outcome.general_defect_max : outcome.defect_max;
      for (std::size_t c = 0; c < range.components; ++c)
        if (!std::isnan(defects[range.component + c])) seen[c] = true;
      if (general)
        for (std::size_t c = 0; c < range.components; ++c)
          result.undefined = result.undefined || !std::isfinite(outcome.general_start[range.component + c]);
    }
  for (std::size_t c = 0; c < seen.size(); ++c)
    if (!seen[c]) result.unseen.push_back(c);

  const Elsewhere& apart = elsewhere(units.front());
  const std::size_t first = (general ? units_[units.front()]->components() : 0) + range.component;
  for (std::size_t c = 0; c < range.components; ++c)
    result.elsewhere = std::fmax(result.elsewhere, apart.defect[first + c]);
  result.frozen = !result.unseen.empty() &&
                  std::ranges::none_of(result.unseen, [&](std::size_t c) { return apart.reached[first + c]; });
  result.constant = std::ranges::any_of(result.unseen, [&](std::size_t c) { return apart.constant[first + c]; });
  if (!general && result.elsewhere >= kConfirmAbove && result.elsewhere <= kConfirmBelow) {
    std::vector<bool> asked(problem.forms.size());
    asked[number] = true;
    result.quad_elsewhere = Probes(problem).quad_defects(apart.theta.data(), asked, false)[number];
  }
  return result;
}

std::optional<double> Checks::drift_halved(const std::vector<std::size_t>& units, std::size_t number, bool general) {
  for (const std::size_t u : units) {
    const auto finished = [&](std::size_t r) {
      return outcomes_[u][r].begun && outcomes_[u][r].summary.end == End::completed;
    };
    std::size_t tightest = 0;
    while (tightest < units_[u]->unit->flows && !finished(tightest)) ++tightest;
    if (tightest == units_[u]->unit->flows) continue;
    auto found = halved_.find(u);
    if (found == halved_.end())
      found = halved_.emplace(u, halved_flow(*units_[u], tightest, outcomes_[u][tightest].summary)).first;
    if (found->second.empty()) return std::nullopt;
    const Problem& problem = units_[u]->problem;
    return general ? drift_between(problem.block, problem.general[number], problem.start, found->second)
                   : drift_between(problem.forms[number], problem.start, found->second);
  }
  return std::nullopt;
}

}  // namespace invar
