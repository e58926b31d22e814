#include "law/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <vector>

namespace invar {
namespace {

// Slowest fall that counts: methods reach exponents of 2/3 (RKC2) to 1 (5(4) pairs); a drift of the flow itself has 0.
constexpr double kFallingSlope = 0.25;
// A flow whose steps are halved drifts less by at least this, whatever its order.
constexpr double kHalvedFall = 1.5;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

// In the order in which one overrides another.
enum class DefectState { unmeasured, at_rounding, unconfirmed, violated };

DefectState state_of(double defect, const std::optional<double>& quad) {
  if (!std::isfinite(defect)) return DefectState::unmeasured;
  if (quad && std::isfinite(*quad) && defect >= kConfirmAbove && defect <= kConfirmBelow)
    return *quad < kQuadDefectAtRounding ? DefectState::at_rounding : DefectState::violated;
  if (defect < kDefectAtRounding) return DefectState::at_rounding;
  return defect > kConfirmBelow ? DefectState::violated : DefectState::unconfirmed;
}

// Finished flows, one a tolerance (the one that drifts most), loosest first.
std::vector<FlowEvidence> by_tolerance(std::span<const FlowEvidence> flows) {
  std::map<double, FlowEvidence, std::greater<>> worst;
  for (const FlowEvidence& flow : flows) {
    if (flow.end != FlowEnd::finished || !std::isfinite(flow.drift)) continue;
    const auto [known, fresh] = worst.try_emplace(flow.tolerance, flow);
    if (!fresh && std::abs(flow.drift) > std::abs(known->second.drift)) known->second = flow;
  }
  std::vector<FlowEvidence> result;
  result.reserve(worst.size());
  for (const auto& [tolerance, flow] : worst) result.push_back(flow);
  return result;
}

struct Fall {
  std::optional<Exponent> exponent;
  double slope;
  bool plateau;
};

// How the drift falls from the loosest of at least two flows to the tightest.
Fall fall_of(const std::vector<FlowEvidence>& flows) {
  std::vector<DriftPoint> points;
  points.reserve(flows.size());
  for (const FlowEvidence& flow : flows) points.push_back({flow.tolerance, flow.drift, flow.floor});
  const FlowEvidence &loosest = flows.front(), &next = flows[flows.size() - 2], &tightest = flows.back();
  const double drift = std::abs(tightest.drift);
  Fall fall{.exponent = drift_exponent(points), .slope = 0.0, .plateau = false};
  // Over the whole ladder, so that a last point at the floor does not hide the fall before it.
  fall.slope = drift == 0.0 ? std::numeric_limits<double>::infinity()
               : fall.exponent
                   ? fall.exponent->slope
                   : std::log(std::abs(loosest.drift) / drift) / std::log(loosest.tolerance / tightest.tolerance);
  // The two tightest alone: at loose tolerances the solver's own error is added to a drift of the flow.
  fall.plateau = std::abs(next.drift) < drift * std::pow(next.tolerance / tightest.tolerance, kFallingSlope);
  return fall;
}

std::string unfinished(std::span<const FlowEvidence> flows) {
  std::string text;
  for (const FlowEvidence& flow : flows)
    if (flow.end != FlowEnd::finished)
      text += (text.empty() ? "" : ", ") + std::string(to_string(flow.end)) + " at tolerance " + number(flow.tolerance);
  return text;
}

}  // namespace

std::string_view to_string(FlowEnd end) {
  switch (end) {
    case FlowEnd::finished:
      return "finished";
    case FlowEnd::truncated:
      return "truncated";
    case FlowEnd::sliding:
      return "sliding";
    case FlowEnd::diverged:
      return "diverged";
    case FlowEnd::interrupted:
      return "interrupted";
  }
  return "";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::conserved:
      return "conserved";
    case Outcome::not_conserved:
      return "not conserved";
    case Outcome::undecided:
      return "undecided";
  }
  return "";
}

namespace {

/// What the flows say of a law's drift.
struct DriftEvidence {
  std::vector<FlowEvidence> finished;  // one a tolerance, loosest first
  Fall fall;
  bool at_floor = false, plateau = false, falling = false, limited = false;
  bool budget = false;  // every flow that counts has one
  bool own = false;     // the gradient part is above rounding: along the flow itself
};

bool has_budget(const FlowEvidence& flow) {
  return std::isfinite(flow.gradient_part);
}

bool own_drift(const FlowEvidence& flow) {
  return has_budget(flow) && flow.gradient_part > std::max(kAboveFloor * flow.floor, flow.gradient_rounding);
}

// A flow that slides along a kink, or was cut, has with a budget told what its gradients did to the law until there.
bool counts(const FlowEvidence& flow) {
  if (!std::isfinite(flow.drift)) return false;
  return flow.end == FlowEnd::finished ||
         ((flow.end == FlowEnd::sliding || flow.end == FlowEnd::truncated) && has_budget(flow));
}

// Of at least two finished flows.
DriftEvidence drift_evidence(std::span<const FlowEvidence> flows, std::vector<FlowEvidence> finished) {
  DriftEvidence result;
  // Where something else than the tolerance sets the steps, the drift is smaller than the tolerance would make it: such
  // flows are not compared with others.
  std::vector<FlowEvidence> free;
  std::ranges::copy_if(finished, std::back_inserter(free), [](const FlowEvidence& flow) { return !flow.step_limited; });
  const FlowEvidence& tightest = finished.back();
  result.limited = tightest.step_limited || free.size() < 2;
  result.at_floor = std::abs(tightest.drift) <= kAboveFloor * tightest.floor;
  result.fall = fall_of(result.limited ? finished : free);
  result.plateau = result.fall.plateau && !result.at_floor;
  result.falling = result.fall.slope > kFallingSlope && !result.plateau;
  result.budget =
      std::ranges::all_of(flows, [](const FlowEvidence& flow) { return !counts(flow) || has_budget(flow); });
  result.own = std::ranges::any_of(flows, [](const FlowEvidence& flow) { return counts(flow) && own_drift(flow); });
  result.finished = std::move(finished);
  return result;
}

std::size_t tolerances(std::span<const FlowEvidence> flows) {
  std::set<double> different;
  for (const FlowEvidence& flow : flows)
    if (counts(flow)) different.insert(flow.tolerance);
  return different.size();
}

std::string drift_text(const DriftEvidence& drift, const LawEvidence& law) {
  const FlowEvidence &loosest = drift.finished.front(), &tightest = drift.finished.back();
  std::string text = "; drift " + number(std::abs(loosest.drift)) + " to " + number(std::abs(tightest.drift)) +
                     " at tolerances " + number(loosest.tolerance) + " to " + number(tightest.tolerance);
  if (drift.at_floor)
    text += ", at its floor";
  else if (drift.limited)
    text += ", the step limited by stability or recorded times";
  else if (drift.plateau)
    text += ", a plateau";
  else if (drift.falling)
    text += ", falling as tolerance^" + number(drift.fall.slope);
  if (law.drift_halved) text += "; " + number(*law.drift_halved) + " with half the steps";
  return text;
}

/// What was not measured, or holds only where the run went; "" where nothing is missing.
std::string missing(const LawEvidence& law, DefectState elsewhere) {
  if (law.undefined) return "its value is NaN at the start";
  if (law.constant) return "its derivative is 0 wherever it was looked at: it says nothing";
  if (!law.unseen.empty() && !law.frozen) {
    std::string text = "no gradient came to " + std::to_string(law.unseen.size()) + " of " +
                       std::to_string(law.components) + " components";
    constexpr std::size_t kNamed = 6;
    if (law.components > 1) {
      text += " (";
      for (std::size_t i = 0; i < std::min(kNamed, law.unseen.size()); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(law.unseen[i]);
      text += law.unseen.size() > kNamed ? ", ...)" : ")";
    }
    return text;
  }
  if (elsewhere == DefectState::violated)
    return "not a law elsewhere: defect " + number(law.elsewhere) + " at parameters apart from the run";
  return "";
}

}  // namespace

bool wants_halved(std::span<const FlowEvidence> flows) {
  std::vector<FlowEvidence> finished = by_tolerance(flows);
  if (finished.size() < 2) return false;
  const DriftEvidence drift = drift_evidence(flows, std::move(finished));
  return drift.limited && !drift.at_floor && !drift.falling && !drift.budget;
}

Verdict judge(std::span<const FlowEvidence> flows, const LawEvidence& law) {
  Verdict verdict;
  if (flows.empty()) {
    verdict.evidence = "no flow";
    return verdict;
  }
  // Of all flows, finished or not: the defect is a statement about points, not about a run.
  double largest = std::numeric_limits<double>::quiet_NaN();
  DefectState defect = DefectState::unmeasured;
  for (const FlowEvidence& flow : flows) {
    if (std::isfinite(flow.defect)) largest = std::fmax(largest, flow.defect);
    defect = std::max(defect, state_of(flow.defect, flow.quad_defect));
  }
  if (defect == DefectState::unmeasured && law.frozen && !law.constant) defect = DefectState::at_rounding;
  std::string evidence = !std::isnan(largest) ? "defect " + number(largest)
                         : law.frozen && !law.constant && !law.undefined
                             ? "no gradient comes to what it reads, here or elsewhere"
                             : "no defect";
  if (defect == DefectState::unconfirmed) evidence += ", not confirmed in quad";
  const std::string lacks =
      defect == DefectState::violated ? "" : missing(law, state_of(law.elsewhere, law.quad_elsewhere));
  if (!lacks.empty()) evidence += "; " + lacks;

  std::vector<FlowEvidence> finished = by_tolerance(flows);
  const std::string cut = unfinished(flows);
  const bool kept = defect == DefectState::at_rounding && lacks.empty();
  if (finished.size() < 2) {
    const bool budget = tolerances(flows) >= 2;
    const bool own =
        std::ranges::any_of(flows, [](const FlowEvidence& flow) { return counts(flow) && own_drift(flow); });
    if (kept && budget && !own) verdict.outcome = Outcome::conserved;
    if (defect == DefectState::violated && budget && own) verdict.outcome = Outcome::not_conserved;
    verdict.evidence = evidence + (finished.empty() ? "; no flow reached its end" : "; one tolerance only") +
                       (cut.empty() ? "" : " (" + cut + ")") +
                       (verdict.outcome == Outcome::conserved       ? "; until there along its gradients at rounding"
                        : verdict.outcome == Outcome::not_conserved ? "; until there it drifts along its gradients"
                                                                    : "");
    return verdict;
  }

  const DriftEvidence drift = drift_evidence(flows, std::move(finished));
  verdict.exponent = drift.fall.exponent;
  evidence += drift_text(drift, law);
  if (drift.own) evidence += "; along the gradients " + number(drift.finished.back().gradient_part);
  if (!cut.empty()) evidence += "; " + cut;

  const double tightest = std::abs(drift.finished.back().drift);
  const bool halved = law.drift_halved && kHalvedFall * *law.drift_halved < tightest;
  const bool falls = drift.budget ? !drift.own : drift.at_floor || drift.falling || halved;
  if (kept && falls)
    verdict.outcome = Outcome::conserved;
  else if (defect == DefectState::violated && (drift.plateau || drift.own))
    verdict.outcome = Outcome::not_conserved;
  verdict.evidence = std::move(evidence);
  return verdict;
}

}  // namespace invar
