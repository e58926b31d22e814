#include "experiments/train/recorder.h"

#include <algorithm>

#include "experiments/train/keys.h"
#include "problem/weights.h"

namespace invar {

template <class S, class G>
TrainingRecorder<S, G>::TrainingRecorder(const UnitSetup& unit, std::size_t run, VectorField<S>& field,
                                         Objective<G>& objective, record::ResultsFile& file, SavedRuns& saved,
                                         ProgressLine::Run& progress, int threads)
    : RunRecorder<S>(unit, run, field, file, saved, progress), general_values_(unit.general_components()) {
  for (const Law& law : unit.problem.general) general_.emplace_back(unit.problem.block, law);
  if constexpr (std::is_same_v<S, G>)
    if (field.resident()) this->budget_.reduce_on(*objective.device());
  const auto& keys = keys_of<TrainKeys>(*unit.configuration);
  if (keys.probes > 0 && this->setup().batch > 0)
    expected_ = std::make_unique<ExpectedDrift<G>>(unit, run, objective, keys.probes);
  if (unit.problem.evaluation.count == 0 || keys.evaluations == 0) return;
  evaluation_ = std::make_unique<Objective<G>>(unit.problem.plans, unit.problem.evaluation, 0, threads,
                                               unit.configuration->backend);
  point_.resize(theta_.size());
}

template <class S, class G>
void TrainingRecorder<S, G>::on_step(const StepView<S>& step) {
  RunRecorder<S>::on_step(step);
  loss_sum_ += this->field_.cost();
  ++losses_;
  slope_ = step.stages.empty() ? nullptr : step.stages.front();
  if (!expected_) return;
  if (step.away && expected_->probes_at(step.index)) step.away->show();
  expected_->step(step.index, static_cast<double>(step.tau), step.before->data());
}

template <class S, class G>
bool TrainingRecorder<S, G>::evaluates(const RowView<S>& row) const {
  if (!evaluation_) return false;
  if (!row.planned) return true;
  const std::int64_t last = this->setup().plan.rows() - 1,
                     count = std::min(keys_of<TrainKeys>(*unit_.configuration).evaluations, last + 1);
  // Row r has the k-th evaluation where r = round(k last / (count − 1)).
  if (count <= 1) return row.row == last;
  const std::int64_t k = (row.row * (count - 1) + last / 2) / last;
  return row.row == (k * last + (count - 1) / 2) / (count - 1);
}

template <class S, class G>
void TrainingRecorder<S, G>::on_row(const RowView<S>& row) {
  record::RowValues values;
  this->begin_row(row, values);
  if (losses_ > 0) outcome_.loss = values.batch_loss = loss_sum_ / static_cast<double>(losses_);
  if (slope_ && row.row > 0) values.batch_gradient_norm = static_cast<double>(slope_->norm());
  loss_sum_ = 0.0;
  losses_ = 0;
  if (evaluates(row)) {
    std::ranges::transform(theta_, point_.begin(), [](double x) { return static_cast<G>(x); });
    values.eval_loss = static_cast<double>(evaluation_->cost(point_.data()));
  }
  this->fill_budget(row, values);
  fill_prediction(row, values);
  std::size_t at = 0;
  for (GeneralLaw& law : general_) {
    law.value(theta_.data(), general_values_.data() + at);
    at += static_cast<std::size_t>(law.components());
  }
  if (!general_.empty()) this->append_general(general_values_, row.row == 0, values);
  if (unit_.configuration->save_parameters) values.parameters = theta_;
  this->write(row, values);
}

// Of a full batch E h(g) is h(g): the step part is the prediction, and nothing is left to sample. A row that a run left
// early has none.
template <class S, class G>
void TrainingRecorder<S, G>::fill_prediction(const RowView<S>& row, record::RowValues& values) {
  outcome_.prediction.clear();
  if (this->setup().batch == 0 && this->budget_.on()) {
    outcome_.prediction = outcome_.end.step_part;
    values.prediction = values.step_part;
    values.prediction_error.assign(values.prediction.size(), 0.0);
  }
  if (!expected_ || !row.planned) return;
  expected_->row();
  outcome_.prediction = expected_->value();
  values.prediction = this->layout_.norms(expected_->value().data());
  values.prediction_error = this->layout_.norms(expected_->error().data());
}

template <class S, class G>
void TrainingRecorder<S, G>::archive(Archive& archive) {
  RunRecorder<S>::archive(archive);
  if (expected_) archive("expected", *expected_);
  archive("loss_sum", loss_sum_);
  archive("losses", losses_);
}

template <class S, class G>
RunOutcome TrainingRecorder<S, G>::finish(const Summary& summary) {
  const std::string& folder = unit_.configuration->save_weights;
  const std::int64_t run = this->setup().run->number;
  if (!folder.empty() && lost(summary.end)) {
    drop_weights(folder, run);
  } else if (!folder.empty() && summary.end != End::interrupted) {
    save_weights(folder, run, unit_.problem, theta_, std::is_same_v<S, double>,
                 {{"model", unit_.unit->label}, {"status", to_string(status_of(summary.end))}});
  }
  return RunRecorder<S>::finish(summary);
}

template class TrainingRecorder<float>;
template class TrainingRecorder<double>;
template class TrainingRecorder<double, float>;

}  // namespace invar
