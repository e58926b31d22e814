// What a run leaves behind for verdicts, exponents and the summary.
#pragma once

#include <vector>

#include "integrators/loop.h"
#include "job/worst_points.h"
#include "law/budget.h"
#include "record/description.h"

namespace invar {

struct RunOutcome {
  bool begun = false;
  Summary summary;
  BudgetRow end;                  // the last row
  std::vector<double> drift_max;  // largest |Δh| over the rows, one a component
  std::vector<double> group_drift_max;
  std::vector<double> defect_max;                                      // one a component; NaN: nothing measured
  std::vector<double> general_start, general_end, general_defect_max;  // of the general laws, one a component
  WorstPoints worst;
  std::vector<double> flow_error;                          // of a flow, at its rows: distance to the unit's first flow
  double loss = std::numeric_limits<double>::quiet_NaN();  // at the last row; of train of the last batches
  std::vector<double> prediction;                          // at the last row, one a component; empty without one

  void archive(Archive& archive);
};

/// What the results file says of an end.
record::RunStatus status_of(End end);

/// Whether two flows of one problem are one flow: of a method that took the same tolerances for both, whatever was
/// asked for, or with the same steps and the same laws to the last bit.
bool same_flow(const RunOutcome& a, const RunOutcome& b);

}  // namespace invar
