// What the runs of a comparison say: errors against the reference as far as it is known, and observed orders.
#pragma once

#include <optional>
#include <vector>

#include "experiments/accuracy/run.h"
#include "law/exponent.h"

namespace invar {

/// An error counts as measured above this multiple of the reference's uncertainty.
inline constexpr double kErrorMargin = 10.0;

struct AccuracyOutcome {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  bool begun = false;
  Summary summary;
  State<double> end;
  double seconds = unknown;   // the best of the repetitions
  double distance = unknown;  // ‖θ(T) − θ_ref(T)‖ / ‖θ_ref(T)‖ of a run that came to T
  double error = unknown;     // the same where it is measured
  std::vector<LawDrift> laws;

  bool completed() const { return begun && summary.end == End::completed; }
};

struct FamilyResults {
  std::vector<AccuracyOutcome> runs;            // as MethodFamily::runs
  std::vector<std::optional<Exponent>> orders;  // of each method; none where fewer than 3 errors say it
  std::size_t completed = 0, measured = 0;
};

struct AccuracyResults {
  std::vector<AccuracyOutcome> references;
  /// ‖θ_1 − θ_2‖ / ‖θ_1‖ of the two references, at least the rounding of a number in double.
  double uncertainty = AccuracyOutcome::unknown;
  std::vector<FamilyResults> families;

  double error_limit() const { return kErrorMargin * uncertainty; }
  /// The two references are near enough to one another for what they are to measure: half or more of the runs of each
  /// family.
  bool references_agree() const;
};

/// Fills in everything that follows from where the runs ended.
void judge(const AccuracySetup& setup, AccuracyResults& results);

}  // namespace invar
