// The table of verdicts: a row for each law of each model, at most 80 columns wide.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "record/description.h"

namespace invar {

/// NaN: not known, shown as "-".
struct VerdictRow {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::string model;  // with its format, where the file has several
  std::string law;
  std::string kind;  // law, control, claim
  std::int64_t components = 0;
  double defect = unknown;          // the worst over the runs that came to an end
  double flow_drift = unknown;      // relative, the worst over start seeds of their flows at the tightest tolerance
  double exponent = unknown;        // of GD's drift against τ at a fixed time
  double exponent_error = unknown;  // its standard error
  double step_share = unknown;      // of the step part in GD's drift at its largest step size, 0 to 1
  double ratio = unknown;           // the largest drift / bound over GD and SGD
  std::string verdict;              // conserved, not conserved, undecided; "" before the end of the job
};

/// In the order of the summary.
std::vector<VerdictRow> verdict_rows(const std::vector<record::SummaryCase>& summary);

/// Rows of one model stand together, in the order given. "-" for an exponent also means that the drift is at its floor.
void print_verdicts(std::ostream& out, std::span<const VerdictRow> rows);

}  // namespace invar
