// Watches one run: every step goes into the drift budget, every row into the results file; the reference flow also
// leaves its states and the predictions for the runs to come.
#pragma once

#include <span>
#include <vector>

#include "experiments/gradient_field.h"
#include "experiments/probes.h"
#include "experiments/progress.h"
#include "experiments/reference_flow.h"
#include "experiments/row_layout.h"
#include "experiments/run_outcome.h"
#include "experiments/run_setup.h"
#include "experiments/saved_runs.h"
#include "experiments/signals.h"
#include "experiments/step_budget.h"
#include "integrators/curvature.h"
#include "integrators/loop.h"
#include "record/results_file.h"

namespace invar {

/// What measures a row, in double whatever the run's format; one a thread.
struct Measures {
  explicit Measures(const Problem& problem)
      : objective(problem.plans, problem.samples),
        single(problem.plans, problem.samples),
        probes(problem),
        gradient(static_cast<std::size_t>(objective.size())) {}

  Objective<double> objective;
  SampleGradients<double> single;
  Probes probes;
  std::vector<double> gradient;
};

template <class S>
class Recorder final : public Observer<S> {
 public:
  /// `fills`: the reference to be filled by this run, or null; `compared`: the one that is complete, or null.
  Recorder(const UnitSetup& unit, std::size_t run, Measures& measures, VectorField<S>& field, ReferenceFlow* fills,
           const ReferenceFlow* compared, record::ResultsFile& file, SavedRuns& saved, ProgressLine::Run& progress);

  void on_step(const StepView<S>& step) override;
  void on_row(const RowView<S>& row) override;
  void on_time(std::size_t stop, double t, const State<S>& theta) override;
  bool wants_checkpoint(std::int64_t row) override;
  void on_checkpoint(Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) override;
  bool stop_requested() override { return interrupted(); }
  std::string reason_to_stop() override { return reason_to_stop_; }

  /// With the reference that it fills.
  void archive(Archive& archive);

  RunOutcome finish(const Summary& summary);

 private:
  void start(const State<S>& theta);
  void to_double(const State<S>& theta);
  void at_step_start(const StepView<S>& step);
  void measure_spread(double t);
  void measure_sharpness(double t, record::RowValues& values);
  void measure_distance(const RowView<S>& row, record::RowValues& values);
  void look_for_stop(const RowView<S>& row, const record::RowValues& values);
  void fill_budget(record::RowValues& values, const BudgetRow& row) const;
  void add_general(record::RowValues& values, bool start);
  std::vector<double> block_errors(const BudgetRow& row) const;

  const UnitSetup& unit_;
  std::size_t run_;
  Measures& measures_;
  VectorField<S>& field_;
  ReferenceFlow* fills_;
  const ReferenceFlow* compared_;
  record::ResultsFile& file_;
  SavedRuns& saved_;
  ProgressLine::Run& progress_;
  StepBudget<S> budget_;
  RowLayout layout_;
  // In double, whatever the run's format; it costs the run no gradients.
  GradientField<double> all_samples_;
  CurvatureProbe<double> curvature_;
  State<double> point_, slope_;
  std::vector<double> theta_, defects_, spread_, mean_, first_stage_, general_values_, general_defects_;
  RunOutcome outcome_;
  double worst_defect_ = -1.0;
  std::size_t planned_rows_ = 0;
  bool last_row_planned_ = false;
  std::string reason_to_stop_;
};

}  // namespace invar
