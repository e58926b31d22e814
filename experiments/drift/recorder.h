// Watches one run of `drift`: each row measures loss, gradient, sharpness and the laws' defects over all samples; the
// reference flow also leaves its states and the predictions for the runs to come.
#pragma once

#include <span>
#include <vector>

#include "experiments/drift/reference_flow.h"
#include "integrators/sharpness.h"
#include "job/run_recorder.h"
#include "job/study.h"
#include "problem/gradient_field.h"
#include "problem/probes.h"

namespace invar {

/// What measures a row, in double whatever the run's format; one a thread. The gradients of single samples are the
/// host's.
struct Measures final : ThreadState {
  Measures(const Problem& problem, Backend backend)
      : objective(problem.plans, problem.samples, 0, 1, backend),
        single(problem.plans, problem.samples),
        probes(problem),
        gradient(static_cast<std::size_t>(objective.size())) {}

  Objective<double> objective;
  SampleGradients<double> single;
  Probes probes;
  std::vector<double> gradient;
};

template <class S>
class Recorder final : public RunRecorder<S> {
 public:
  /// `fills`: the reference to be filled by this run, or null; `compared`: the one that is complete, or null.
  Recorder(const UnitSetup& unit, std::size_t run, Measures& measures, VectorField<S>& field, ReferenceFlow* fills,
           const ReferenceFlow* compared, record::ResultsFile& file, SavedRuns& saved, ProgressLine::Run& progress);

  void on_step(const StepView<S>& step) override;
  void on_row(const RowView<S>& row) override;
  void on_time(std::size_t stop, double t, const State<S>& theta) override;
  std::string reason_to_stop() override { return reason_to_stop_; }

  /// With the reference that it fills.
  void archive(Archive& archive) override;

  RunOutcome finish(const Summary& summary) override;

 private:
  using RunRecorder<S>::unit_, RunRecorder<S>::run_, RunRecorder<S>::file_, RunRecorder<S>::budget_,
      RunRecorder<S>::layout_, RunRecorder<S>::theta_, RunRecorder<S>::outcome_;

  void to_double(const State<S>& theta);
  void at_step_start(const StepView<S>& step);
  void measure_spread(double t);
  void measure_sharpness(record::RowValues& values);
  void measure_distance(const RowView<S>& row, record::RowValues& values);
  void look_for_stop(const RowView<S>& row, const record::RowValues& values);
  void add_general(record::RowValues& values, bool start);

  Measures& measures_;
  ReferenceFlow* fills_;
  const ReferenceFlow* compared_;
  // In double, whatever the run's format; it costs the run no gradients.
  GradientField<double> all_samples_;
  State<double> direction_;  // of the largest curvature at the last row
  State<double> point_;
  std::vector<double> defects_, spread_, mean_, first_stage_, general_values_, general_defects_;
  std::size_t planned_rows_ = 0;
  bool last_row_planned_ = false;
  std::string reason_to_stop_;
};

}  // namespace invar
