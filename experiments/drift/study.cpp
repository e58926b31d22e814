#include "experiments/drift/study.h"

#include <limits>

#include "experiments/drift/findings.h"
#include "experiments/drift/recorder.h"
#include "experiments/drift/reference_flow.h"
#include "experiments/drift/setup.h"

namespace invar {
namespace {

class DriftUnit final : public UnitStudyOf<DriftUnit> {
 public:
  explicit DriftUnit(const UnitSetup& unit) {
    if (unit.unit->flows > 0) reference_.emplace(unit, unit.configuration->budget != Configuration::Budget::off);
  }

  bool first_goes_ahead() const override { return reference_.has_value(); }
  void archive_first(Archive& archive) override {
    if (reference_) archive("reference", *reference_);
  }

  template <class S, class G>
  std::unique_ptr<RunRecorder<S>> made(const RunContext<S, G>& context) {
    const UnitSetup& unit = context.unit;
    if (!context.thread) context.thread = std::make_unique<Measures>(unit.problem, unit.configuration->backend);
    ReferenceFlow* reference = reference_ ? &*reference_ : nullptr;
    const bool fills = reference && context.run == 0;
    return std::make_unique<Recorder<S>>(unit, context.run, static_cast<Measures&>(*context.thread), context.field,
                                         fills ? reference : nullptr, fills ? nullptr : reference, context.file,
                                         context.saved, context.progress);
  }

 private:
  std::optional<ReferenceFlow> reference_;  // where the unit has a flow
};

/// What the next flow of a unit says of the first, the reference, and of flows that are the same one: at the end, for a
/// run that has ended is not written to any more.
void write_reference_errors(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes,
                            record::ResultsFile& file) {
  for (std::size_t u = 0; u < units.size(); ++u) {
    const UnitSetup& unit = *units[u];
    if (unit.unit->flows < 2) continue;
    std::size_t next = 1;
    while (next < unit.unit->flows && same_flow(outcomes[u][next], outcomes[u][0])) ++next;
    const std::vector<double> unknown(outcomes[u][1].flow_error.size(), std::numeric_limits<double>::quiet_NaN());
    const std::vector<double>& errors = next < unit.unit->flows ? outcomes[u][next].flow_error : unknown;
    for (std::size_t same = 0; same < unit.unit->flows; ++same)
      if (same == 0 || same_flow(outcomes[u][same], outcomes[u][0]))
        file.write_column(static_cast<std::size_t>(unit.runs[same].run->number), "flow_error", errors);
  }
}

class DriftStudy final : public Study {
 public:
  void plan(UnitSetup& unit) const override { plan_runs(unit); }
  std::unique_ptr<UnitStudy> of_unit(const UnitSetup& unit) const override { return std::make_unique<DriftUnit>(unit); }
  Work work(const UnitSetup&, const RunSetup& run) const override {
    Work work;
    work.steps = prescribed_gradients(run);
    return work;
  }
  void conclude(const std::vector<std::unique_ptr<UnitSetup>>& units, const Outcomes& outcomes, bool whole,
                JobSummary& summary, record::ResultsFile& file) const override {
    if (whole) write_reference_errors(units, outcomes, file);
    add_to_summary(units, findings(units, outcomes), summary);
  }
};

}  // namespace

const Study& drift_study() {
  static const DriftStudy study;
  return study;
}

}  // namespace invar
