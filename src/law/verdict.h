// The verdict on one law of one model over all its flows. The defect is the primary evidence; how the drift of the
// gradient flow changes with the tolerance supports it.
//
//   conserved      the defect is at rounding throughout, and the drift falls with the tolerance, or is at its floor, or
//                  stability or the recorded times set the steps of all flows but one, or of the tightest (then the
//                  tolerance does not act on the drift), unless the defect is 0 for want of a gradient;
//   not conserved  the defect is not at rounding, and the drift stays as the tolerance tightens: it is the flow's own;
//   undecided      fewer than two tolerances whose flow reached its end (truncated, sliding, diverged), or evidence
//                  that disagrees.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

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

Verdict judge(std::span<const FlowEvidence> flows);

}  // namespace invar
