// Watches one run of `train`: the budget of every step, the mean loss of the batches, now and then the loss over the
// evaluation data. No row looks at all samples: it costs what the laws cost.
#pragma once

#include <memory>
#include <vector>

#include "backend/objective.h"
#include "experiments/train/expected_drift.h"
#include "job/study.h"
#include "law/general_law.h"

namespace invar {

/// `S`: format of the parameters; `G`: format in which gradients and losses are computed.
template <class S, class G = S>
class TrainingRecorder final : public RunRecorder<S> {
 public:
  /// `objective`: the field's.
  TrainingRecorder(const UnitSetup& unit, std::size_t run, VectorField<S>& field, Objective<G>& objective,
                   record::ResultsFile& file, SavedRuns& saved, ProgressLine::Run& progress, int threads);

  void on_step(const StepView<S>& step) override;
  void on_row(const RowView<S>& row) override;
  void archive(Archive& archive) override;
  /// Saves the weights, where they are asked for.
  RunOutcome finish(const Summary& summary) override;

 private:
  using RunRecorder<S>::unit_, RunRecorder<S>::theta_, RunRecorder<S>::outcome_;

  /// Evaluations are evenly spread over the planned rows, the first and the last among them.
  bool evaluates(const RowView<S>& row) const;

  void fill_prediction(const RowView<S>& row, record::RowValues& values);

  std::unique_ptr<Objective<G>> evaluation_;    // null without such data
  std::unique_ptr<ExpectedDrift<G>> expected_;  // null without probes or mini-batches
  std::vector<G> point_;
  std::vector<GeneralLaw> general_;
  std::vector<double> general_values_;
  const State<S>* slope_ = nullptr;  // minus the gradient of the last step
  double loss_sum_ = 0.0;            // of the steps since the last row
  std::int64_t losses_ = 0;
};

}  // namespace invar
