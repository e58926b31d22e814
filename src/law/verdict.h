// The verdict on one law of one model over all its flows. The defect is the primary evidence; the drift of the gradient
// flow supports it: with a budget by its gradient part (the law's change along the computed gradients, which is
// rounding where the law holds), without one by how it changes with the tolerance.
//
//   conserved      the defect is at rounding throughout and was measured for every component, at parameters apart from
//                  the run too, and the gradient part is at rounding; without a budget the drift falls with the
//                  tolerance, or is at its floor, or fell when the tightest flow, whose steps something else than the
//                  tolerance had set, was run again with half of them;
//   not conserved  the defect is not at rounding, and the drift is the flow's own: it stays as the tolerance tightens,
//   or
//                  the gradient part is above rounding;
//   undecided      fewer than two tolerances whose flow tells something, evidence that disagrees, or nothing measured:
//   no
//                  gradient came to some components, or the law holds only where the run went.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "law/exponent.h"

namespace invar {

enum class FlowEnd { finished, truncated, sliding, diverged, interrupted };
std::string_view to_string(FlowEnd end);

/// What one flow says of a law.
struct FlowEvidence {
  double tolerance = 0.0;
  FlowEnd end = FlowEnd::finished;
  bool step_limited = false;          // by stability or the recorded times, not by the tolerance
  double defect = 0.0;                // the largest over the law's components and the flow's records, in double
  std::optional<double> quad_defect;  // the same in quad, where `defect` is between kConfirmAbove and kConfirmBelow
  double drift = 0.0;                 // at the end, the same norm in every flow
  double floor = 0.0;                 // of its rounding
  // With a budget: the gradient part at the end, and what roundings make of it at most; NaN without.
  double gradient_part = std::numeric_limits<double>::quiet_NaN();
  double gradient_rounding = std::numeric_limits<double>::quiet_NaN();
};

/// What is known of a law beside its flows.
struct LawEvidence {
  std::size_t components = 0;
  std::vector<std::size_t> unseen = {};  // components that no gradient came to in any flow
  bool frozen = false;                   // nor at any parameters apart from the run: nothing moves what they read
  bool constant = false;                 // the derivative of some component is 0 wherever it was looked at
  bool undefined = false;                // its value at the start is no number
  double elsewhere = std::numeric_limits<double>::quiet_NaN();  // the largest defect apart from the run
  std::optional<double> quad_elsewhere = {};                    // the same in quad, where only that can judge
  std::optional<double> drift_halved = {};  // of the tightest flow with half its steps, where that was run again
};

/// Defects in between are confirmed in quad.
inline constexpr double kConfirmAbove = 1e-13;
inline constexpr double kConfirmBelow = 1e-6;
/// A law's defect is below these.
inline constexpr double kDefectAtRounding = 1e-12;
inline constexpr double kQuadDefectAtRounding = 1e-24;

enum class Outcome { conserved, not_conserved, undecided };
std::string_view to_string(Outcome outcome);

struct Verdict {
  Outcome outcome = Outcome::undecided;
  std::string evidence;
  std::optional<Exponent> exponent;  // of drift against tolerance
};

Verdict judge(std::span<const FlowEvidence> flows, const LawEvidence& law = {});

/// Whether the verdict needs the drift of the tightest flow with half its steps.
bool wants_halved(std::span<const FlowEvidence> flows);

}  // namespace invar
