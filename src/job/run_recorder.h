// What the recorders of all programs share: the drift budget of every step, its columns and errors in each row, the
// outcome that a run leaves, and its checkpoints.
#pragma once

#include <vector>

#include "integrators/loop.h"
#include "job/progress.h"
#include "job/row_errors.h"
#include "job/row_layout.h"
#include "job/run_outcome.h"
#include "job/run_setup.h"
#include "job/saved_runs.h"
#include "job/signals.h"
#include "job/step_budget.h"
#include "record/results_file.h"

namespace invar {

template <class S>
class RunRecorder : public Observer<S> {
 public:
  RunRecorder(const UnitSetup& unit, std::size_t run, VectorField<S>& field, record::ResultsFile& file,
              SavedRuns& saved, ProgressLine::Run& progress);

  void on_step(const StepView<S>& step) override;
  bool wants_checkpoint(std::int64_t row) override;
  void on_checkpoint(Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) override;
  bool stop_requested() override { return interrupted(); }

  virtual void archive(Archive& archive);
  /// The last call.
  virtual RunOutcome finish(const Summary& summary);

 protected:
  const RunSetup& setup() const { return unit_.runs[run_]; }
  /// In the file.
  std::size_t number() const { return static_cast<std::size_t>(setup().run->number); }

  /// θ of a row as theta_, and what the loop knows of it.
  void begin_row(const RowView<S>& row, record::RowValues& values);
  /// The budget's columns and the errors of Eq. 10.
  void fill_budget(const RowView<S>& row, record::RowValues& values);
  /// Behind the forms' columns those of the general laws: their values; nothing else is known of them.
  void append_general(const std::vector<double>& general, bool start, record::RowValues& values);
  void write(const RowView<S>& row, const record::RowValues& values);

  const UnitSetup& unit_;
  std::size_t run_;
  VectorField<S>& field_;
  record::ResultsFile& file_;
  StepBudget<S> budget_;
  RowLayout layout_;
  RowErrors errors_;
  std::vector<double> theta_;  // in double, whatever the run's format
  RunOutcome outcome_;

 private:
  SavedRuns& saved_;
  ProgressLine::Run& progress_;
};

/// largest = max(largest, |values|); grows from empty.
void raise(std::vector<double>& largest, const std::vector<double>& values);
/// The same of defects, of which NaN says that nothing was measured.
void raise_defects(std::vector<double>& largest, const std::vector<double>& defects);

}  // namespace invar
