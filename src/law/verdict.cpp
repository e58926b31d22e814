#include "law/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <vector>

namespace invar {
namespace {

// Slowest fall that counts: methods reach exponents of 2/3 (RKC2) to 1 (5(4) pairs); a drift of the flow itself has 0.
constexpr double kFallingSlope = 0.25;

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2g", value);
  return text;
}

enum class DefectState { at_rounding, violated, unconfirmed };

DefectState state_of(const FlowEvidence& flow) {
  if (!std::isfinite(flow.defect)) return DefectState::unconfirmed;
  if (flow.quad_defect && flow.defect >= kConfirmAbove && flow.defect <= kConfirmBelow)
    return *flow.quad_defect < kQuadDefectAtRounding ? DefectState::at_rounding : DefectState::violated;
  if (flow.defect < kDefectAtRounding) return DefectState::at_rounding;
  return flow.defect > kConfirmBelow ? DefectState::violated : DefectState::unconfirmed;
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

Verdict judge(std::span<const FlowEvidence> flows) {
  Verdict verdict;
  if (flows.empty()) {
    verdict.evidence = "no flow";
    return verdict;
  }
  // Of all flows, finished or not: the defect is a statement about points, not about a run.
  double largest = 0.0;
  DefectState defect = DefectState::at_rounding;
  for (const FlowEvidence& flow : flows) {
    largest = std::isfinite(flow.defect) ? std::max(largest, flow.defect) : largest;
    const DefectState state = state_of(flow);
    if (state == DefectState::violated || (state == DefectState::unconfirmed && defect == DefectState::at_rounding))
      defect = state;
  }
  std::string evidence = "defect " + number(largest);
  if (defect == DefectState::unconfirmed) evidence += ", not confirmed in quad";

  const std::vector<FlowEvidence> finished = by_tolerance(flows);
  const std::string cut = unfinished(flows);
  if (finished.size() < 2) {
    verdict.evidence = evidence + (finished.empty() ? "; no flow reached its end" : "; one tolerance only") +
                       (cut.empty() ? "" : " (" + cut + ")");
    return verdict;
  }

  // Where something else than the tolerance sets the steps, the drift is smaller than the tolerance would make it: such
  // flows are not compared with others.
  std::vector<FlowEvidence> free;
  std::ranges::copy_if(finished, std::back_inserter(free), [](const FlowEvidence& flow) { return !flow.step_limited; });
  const FlowEvidence& tightest = finished.back();
  const bool limited = tightest.step_limited || free.size() < 2;
  // A defect of exactly 0 says that the gradient hardly reaches the law's parameters: nothing was measured.
  const bool limited_law = limited && largest > 0.0;
  const bool at_floor = std::abs(tightest.drift) <= kAboveFloor * tightest.floor;
  const Fall fall = fall_of(limited ? finished : free);
  verdict.exponent = fall.exponent;
  const double drift = std::abs(tightest.drift);
  const bool plateau = fall.plateau && !at_floor;

  evidence += "; drift " + number(std::abs(finished.front().drift)) + " to " + number(drift) + " at tolerances " +
              number(finished.front().tolerance) + " to " + number(tightest.tolerance);
  if (at_floor)
    evidence += ", at its floor";
  else if (limited)
    evidence += ", the step limited by stability or recorded times";
  else if (plateau)
    evidence += ", a plateau";
  else if (fall.slope > kFallingSlope)
    evidence += ", falling as tolerance^" + number(fall.slope);
  if (!cut.empty()) evidence += "; " + cut;

  if (defect == DefectState::at_rounding && (at_floor || limited_law || (fall.slope > kFallingSlope && !plateau)))
    verdict.outcome = Outcome::conserved;
  else if (defect == DefectState::violated && plateau)
    verdict.outcome = Outcome::not_conserved;
  verdict.evidence = std::move(evidence);
  return verdict;
}

}  // namespace invar
