#include "job/run_outcome.h"

namespace invar {

void RunOutcome::archive(Archive& archive) {
  archive("begun", begun);
  archive("ended_by", summary.end);
  archive("text", summary.text);
  archive("stiff", summary.stiff);
  archive("steps", summary.steps);
  archive("t", summary.t);
  archive("accepted", summary.counters.accepted);
  archive("rejected", summary.counters.rejected);
  archive("rejected_nonfinite", summary.counters.rejected_nonfinite);
  archive("rows", summary.rows);
  archive("evaluations", summary.evaluations);
  archive("hessian_products", summary.hessian_products);
  archive("seconds", summary.seconds);
  archive("acting_tolerances", summary.acting_tolerances);
  {
    const Archive::Group group(archive, "progress");
    invar::archive(archive, summary.progress);
  }
  archive("end", end);
  archive("drift_max", drift_max);
  archive("group_drift_max", group_drift_max);
  archive("defect_max", defect_max);
  archive("general_start", general_start);
  archive("general_end", general_end);
  archive("general_defect_max", general_defect_max);
  archive("worst", worst);
  archive("flow_error", flow_error);
  archive("loss", loss);
  archive("prediction", prediction);
}

record::RunStatus status_of(End end) {
  switch (end) {
    case End::completed:
      return record::RunStatus::finished;
    case End::truncated_gradients:
    case End::truncated_seconds:
    case End::truncated_steps:
      return record::RunStatus::truncated;
    case End::diverged:
      return record::RunStatus::diverged;
    case End::stalled:
      return record::RunStatus::stalled;
    case End::interrupted:
      return record::RunStatus::interrupted;
    case End::stopped:
      return record::RunStatus::stopped;
  }
  return record::RunStatus::failed;
}

bool same_flow(const RunOutcome& a, const RunOutcome& b) {
  const Summary &x = a.summary, &y = b.summary;
  if (!x.acting_tolerances.empty() && x.acting_tolerances == y.acting_tolerances) return true;
  return x.counters.accepted == y.counters.accepted && x.counters.rejected == y.counters.rejected &&
         x.evaluations == y.evaluations && x.hessian_products == y.hessian_products && x.t == y.t &&
         a.end.value == b.end.value;
}

}  // namespace invar
