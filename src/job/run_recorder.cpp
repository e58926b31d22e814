#include "job/run_recorder.h"

#include <algorithm>
#include <cmath>

namespace invar {

void raise(std::vector<double>& largest, const std::vector<double>& values) {
  largest.resize(values.size(), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) largest[i] = std::max(largest[i], std::abs(values[i]));
}

void raise_defects(std::vector<double>& largest, const std::vector<double>& defects) {
  largest.resize(defects.size(), record::kNaN);
  for (std::size_t i = 0; i < defects.size(); ++i) largest[i] = std::fmax(largest[i], defects[i]);
}

template <class S>
RunRecorder<S>::RunRecorder(const UnitSetup& unit, std::size_t run, VectorField<S>& field, record::ResultsFile& file,
                            SavedRuns& saved, ProgressLine::Run& progress)
    : unit_(unit),
      run_(run),
      field_(field),
      file_(file),
      budget_(unit.problem.forms, unit.problem.block.parameters.size(), *unit.configuration, unit.unit->precision,
              unit.runs[run].schedule ? 1 : StepBudget<S>::kMostStages),
      layout_(unit.problem.forms, unit.configuration->components),
      errors_(unit.problem.forms, budget_.group_begin()),
      theta_(static_cast<std::size_t>(unit.problem.block.parameters.size())),
      saved_(saved),
      progress_(progress) {}

template <class S>
void RunRecorder<S>::on_step(const StepView<S>& step) {
  budget_.step(step);
  progress_.update(step.t_after, field_.cost(), static_cast<double>(step.tau), field_.gradients(), step.index + 1);
}

template <class S>
bool RunRecorder<S>::wants_checkpoint(std::int64_t row) {
  const std::int64_t every = unit_.configuration->checkpoint;
  return every > 0 && row > 0 && row % every == 0;
}

template <class S>
void RunRecorder<S>::on_checkpoint(Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) {
  saved_.save_state(number(), progress.rows, [&](Archive& list) {
    invar::archive(list, progress, method, field, theta);
    list("recorder", *this);
  });
}

template <class S>
void RunRecorder<S>::archive(Archive& archive) {
  archive("budget", budget_);
  archive("outcome", outcome_);
}

template <class S>
RunOutcome RunRecorder<S>::finish(const Summary& summary) {
  outcome_.summary = summary;
  return std::move(outcome_);
}

template <class S>
void RunRecorder<S>::begin_row(const RowView<S>& row, record::RowValues& values) {
  if (row.row == 0) budget_.start(*row.theta);
  for (std::size_t i = 0; i < theta_.size(); ++i)
    theta_[i] = static_cast<double>((*row.theta)[static_cast<Eigen::Index>(i)]);
  values.time = row.t;
  values.step = row.step;
  values.last_step_size = row.step_size;
  values.sum_step_squared = row.sum_step_squared;
}

template <class S>
void RunRecorder<S>::fill_budget(const RowView<S>& row, record::RowValues& values) {
  const BudgetRow& budget = budget_.record(*row.theta);
  const auto norms = [this](const std::vector<double>& components) { return layout_.norms(components.data()); };
  values.value = norms(budget.value);
  values.drift = norms(budget.drift);
  values.relative_drift = layout_.with_groups(budget.relative_drift, budget.group_relative_drift);
  if (budget_.on()) {
    values.step_part = norms(budget.step_part);
    values.gradient_part = norms(budget.gradient_part);
    values.update_part = norms(budget.update_part);
    values.cast_part = norms(budget.cast_part);
    values.closure = norms(budget.closure);
    values.bound = layout_.with_groups(budget.bound, budget.group_bound);
    values.bound_eq9 = layout_.with_groups(budget.bound_eq9, budget.group_bound_eq9);
  }
  errors_.fill(budget, budget_.on(), values);
  outcome_.begun = true;
  outcome_.end = budget;
  raise(outcome_.drift_max, budget.drift);
  raise(outcome_.group_drift_max, budget.group_drift);
}

template <class S>
void RunRecorder<S>::append_general(const std::vector<double>& general, bool start, record::RowValues& values) {
  if (start) outcome_.general_start = general;
  outcome_.general_end = general;
  for (std::vector<double>* column :
       {&values.step_part, &values.gradient_part, &values.update_part, &values.cast_part, &values.closure,
        &values.bound, &values.bound_eq9, &values.relative_drift, &values.prediction, &values.prediction_error})
    if (!column->empty()) column->resize(column->size() + general.size(), record::kNaN);
  values.value.insert(values.value.end(), general.begin(), general.end());
  for (std::size_t i = 0; i < general.size(); ++i) values.drift.push_back(general[i] - outcome_.general_start[i]);
}

template <class S>
void RunRecorder<S>::write(const RowView<S>& row, const record::RowValues& values) {
  if (!unit_.configuration->no_parameters) {
    if (row.row == 0) file_.write_parameters(number(), record::ParameterSet::start, theta_);
    file_.write_parameters(number(), record::ParameterSet::end, theta_);
  }
  file_.write_row(number(), row.row, values);
}

template class RunRecorder<float>;
template class RunRecorder<double>;

}  // namespace invar
