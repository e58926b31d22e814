#include "experiments/recorder.h"

#include <algorithm>
#include <cmath>

#include "law/block_error.h"

namespace invar {
namespace {

void raise(std::vector<double>& largest, const std::vector<double>& values) {
  largest.resize(values.size(), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) largest[i] = std::max(largest[i], std::abs(values[i]));
}

}  // namespace

template <class S>
Recorder<S>::Recorder(const UnitSetup& unit, std::size_t run, Measures& measures, VectorField<S>& field,
                      ReferenceFlow* fills, const ReferenceFlow* compared, record::ResultsFile& file, SavedRuns& saved,
                      ProgressLine::Run& progress)
    : unit_(unit),
      run_(run),
      measures_(measures),
      field_(field),
      fills_(fills),
      compared_(compared),
      file_(file),
      saved_(saved),
      progress_(progress),
      budget_(unit.problem.forms, unit.problem.block.parameters.size(), unit.configuration->budget,
              unit.unit->precision),
      layout_(unit.problem.forms),
      all_samples_(measures.objective),
      theta_(static_cast<std::size_t>(unit.problem.block.parameters.size())),
      defects_(unit.components()),
      spread_(unit.components()),
      mean_(unit.components()),
      first_stage_(theta_.size()),
      general_values_(unit.general_components()),
      general_defects_(unit.general_components()) {}

template <class S>
void Recorder<S>::to_double(const State<S>& theta) {
  for (std::size_t i = 0; i < theta_.size(); ++i) theta_[i] = static_cast<double>(theta[static_cast<Eigen::Index>(i)]);
}

template <class S>
void Recorder<S>::on_step(const StepView<S>& step) {
  budget_.step(step);
  if (fills_) at_step_start(step);
  progress_.update(step.t_after, field_.cost(), static_cast<double>(step.tau), field_.gradients());
}

/// The reference's gradient at θ, up to its sign: an explicit method's first stage; else it is computed.
template <class S>
void Recorder<S>::at_step_start(const StepView<S>& step) {
  const double* gradient = first_stage_.data();
  if (step.tableau && step.tableau->c.front() == 0.0) {
    const State<S>& first = *step.stages.front();
    for (std::size_t i = 0; i < first_stage_.size(); ++i)
      first_stage_[i] = static_cast<double>(first[static_cast<Eigen::Index>(i)]);
  } else {
    to_double(*step.before);
    measures_.objective.evaluate(theta_.data(), measures_.gradient.data());
    gradient = measures_.gradient.data();
  }
  fills_->at_gradient(step.t, gradient);
}

template <class S>
void Recorder<S>::on_time(std::size_t stop, double t, const State<S>& theta) {
  to_double(theta);
  measures_.objective.evaluate(theta_.data(), measures_.gradient.data());
  fills_->at_gradient(t, measures_.gradient.data());
  fills_->at_stop(stop, theta_.data());
}

template <class S>
void Recorder<S>::measure_spread(double t) {
  std::fill(mean_.begin(), mean_.end(), 0.0);
  const double share = 1.0 / static_cast<double>(unit_.problem.samples.count);
  measures_.single.for_each(theta_.data(), [&](Index, const double* gradient) {
    fills_->quadratic(gradient, spread_.data());
    for (std::size_t c = 0; c < mean_.size(); ++c) mean_[c] += share * spread_[c];
  });
  fills_->at_spread(t, mean_);
}

/// From the direction found at the row before, to a residual of a thousandth: the eigenvalue is better known, its error
/// being of second order in the residual.
template <class S>
void Recorder<S>::measure_sharpness(double t, record::RowValues& values) {
  constexpr double kResidual = 1e-3;
  const RunSetup& setup = unit_.runs[run_];
  if (!unit_.configuration->sharpness && !(setup.batch > 0 && setup.stop.asks_sharpness())) return;
  const auto size = static_cast<Eigen::Index>(theta_.size());
  if (slope_.size() == 0) curvature_.start(size);
  point_ = Eigen::Map<const State<double>>(theta_.data(), size);
  slope_ = -Eigen::Map<const State<double>>(measures_.gradient.data(), size);
  if (!slope_.allFinite() || !curvature_.measure(all_samples_, point_, t, slope_, kResidual, 0)) return;
  values.sharpness = curvature_.last().largest;
  values.sharpness_residual = curvature_.last().residual_largest;
}

/// From the reference. The unit's second run, where that is a flow too, says of the reference how far it is to be
/// trusted.
template <class S>
void Recorder<S>::measure_distance(const RowView<S>& row, record::RowValues& values) {
  if (fills_) values.distance = 0.0;
  if (!compared_) return;
  const std::vector<double>& there = compared_->state_at(row.t);
  double square = 0.0;
  for (std::size_t i = 0; i < there.size(); ++i) square += (theta_[i] - there[i]) * (theta_[i] - there[i]);
  if (!there.empty()) values.distance = std::sqrt(square);
  if (run_ >= unit_.unit->flows) return;
  values.flow_error = values.distance;
  outcome_.flow_error.resize(static_cast<std::size_t>(row.row) + 1, record::kNaN);
  if (row.planned) outcome_.flow_error.back() = values.distance;
}

/// Mini-batches know no loss over all samples: such a run ends at the row that shows it.
template <class S>
void Recorder<S>::look_for_stop(const RowView<S>& row, const record::RowValues& values) {
  const RunSetup& setup = unit_.runs[run_];
  if (setup.batch == 0 || !setup.stop.asks()) return;
  const StopValues seen{values.loss, values.gradient_norm, values.sharpness, (*setup.schedule)[row.step]};
  if (stop_margin(setup.stop, seen) <= 0.0) reason_to_stop_ = stop_text(setup.stop, seen);
}

template <class S>
void Recorder<S>::fill_budget(record::RowValues& values, const BudgetRow& row) const {
  const auto norms = [this](const std::vector<double>& components) { return layout_.norms(components.data()); };
  values.value = norms(row.value);
  values.relative_drift = layout_.with_groups(row.relative_drift, row.group_relative_drift);
  if (!budget_.on()) return;
  values.step_part = norms(row.step_part);
  values.gradient_part = norms(row.gradient_part);
  values.update_part = norms(row.update_part);
  values.cast_part = norms(row.cast_part);
  values.closure = norms(row.closure);
  values.bound = layout_.with_groups(row.bound, row.group_bound);
  values.bound_eq9 = layout_.with_groups(row.bound_eq9, row.group_bound_eq9);
}

template <class S>
std::vector<double> Recorder<S>::block_errors(const BudgetRow& row) const {
  // Blocks in the order in which `describe` lists them: that of their first law.
  std::vector<std::string> scopes;
  std::vector<std::vector<double>> drift, start, magnitude;
  const auto begin = budget_.group_begin();
  for (std::size_t f = 0; f < unit_.problem.forms.size(); ++f) {
    const LawForm& form = unit_.problem.forms[f];
    if (form.kind != LawKind::law) continue;
    auto found = std::ranges::find(scopes, form.scope);
    if (found == scopes.end()) {
      scopes.push_back(form.scope);
      drift.emplace_back();
      start.emplace_back();
      magnitude.emplace_back();
      found = scopes.end() - 1;
    }
    const auto block = static_cast<std::size_t>(found - scopes.begin());
    for (auto g = static_cast<std::size_t>(begin[f]); g < static_cast<std::size_t>(begin[f + 1]); ++g) {
      drift[block].push_back(row.group_drift[g]);
      start[block].push_back(row.group_start[g]);
      magnitude[block].push_back(row.group_magnitude[g]);
    }
  }
  std::vector<double> errors;
  for (std::size_t b = 0; b < scopes.size(); ++b) errors.push_back(block_error(drift[b], start[b], magnitude[b]));
  return errors;
}

template <class S>
void Recorder<S>::add_general(record::RowValues& values, bool start) {
  measures_.probes.measure_general(theta_.data(), general_values_, general_defects_);
  if (start) outcome_.general_start = general_values_;
  outcome_.general_end = general_values_;
  raise(outcome_.general_defect_max, general_defects_);
  const auto append = [](std::vector<double>& column, const std::vector<double>& more) {
    if (!column.empty()) column.insert(column.end(), more.begin(), more.end());
  };
  const std::vector<double> unknown(general_values_.size(), record::kNaN);
  for (std::vector<double>* column : {&values.step_part, &values.gradient_part, &values.update_part, &values.cast_part,
                                      &values.closure, &values.bound, &values.bound_eq9, &values.relative_drift})
    append(*column, unknown);
  values.value.insert(values.value.end(), general_values_.begin(), general_values_.end());
  values.defect.insert(values.defect.end(), general_defects_.begin(), general_defects_.end());
}

template <class S>
void Recorder<S>::on_row(const RowView<S>& row) {
  if (row.row == 0) budget_.start(*row.theta);
  to_double(*row.theta);
  record::RowValues values;
  values.time = row.t;
  values.step = row.step;
  values.step_size = row.step_size;
  values.sum_step_squared = row.sum_step_squared;
  values.loss = measures_.objective.evaluate(theta_.data(), measures_.gradient.data());
  double squared = 0.0;
  for (const double g : measures_.gradient) squared += g * g;
  values.gradient_norm = std::sqrt(squared);
  measure_sharpness(row.t, values);
  look_for_stop(row, values);
  if (fills_ && fills_->wants_spread() && row.planned) measure_spread(row.t);
  measure_distance(row, values);
  const BudgetRow& budget = budget_.record(*row.theta);
  fill_budget(values, budget);
  values.block_error = block_errors(budget);
  measures_.probes.measure(theta_.data(), defects_);
  values.defect = layout_.largest(defects_.data());
  if (!general_values_.empty()) add_general(values, row.row == 0);
  if (unit_.configuration->save_parameters) values.parameters = theta_;

  const auto number = static_cast<std::size_t>(unit_.runs[run_].run->number);
  if (row.row == 0) file_.write_parameters(number, record::ParameterSet::start, theta_);
  file_.write_parameters(number, record::ParameterSet::end, theta_);
  file_.write_row(number, row.row, values);

  if (row.planned) ++planned_rows_;
  last_row_planned_ = row.planned;
  outcome_.begun = true;
  outcome_.end = budget;
  raise(outcome_.drift_max, budget.drift);
  raise(outcome_.group_drift_max, budget.group_drift);
  raise(outcome_.defect_max, defects_);
  const double worst = defects_.empty() ? 0.0 : *std::ranges::max_element(defects_);
  if (worst > worst_defect_) {
    worst_defect_ = worst;
    outcome_.worst_theta = theta_;
  }
}

template <class S>
bool Recorder<S>::wants_checkpoint(std::int64_t row) {
  const std::int64_t every = unit_.configuration->checkpoint;
  return every > 0 && row > 0 && row % every == 0;
}

template <class S>
void Recorder<S>::on_checkpoint(Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) {
  const auto number = static_cast<std::size_t>(unit_.runs[run_].run->number);
  saved_.save_state(number, progress.rows, [&](Archive& archive) {
    invar::archive(archive, progress, method, field, theta);
    archive("recorder", *this);
  });
}

template <class S>
void Recorder<S>::archive(Archive& archive) {
  archive("budget", budget_);
  archive("outcome", outcome_);
  archive("worst_defect", worst_defect_);
  archive("planned_rows", planned_rows_);
  archive("last_row_planned", last_row_planned_);
  archive("reason_to_stop", reason_to_stop_);
  if (archive.loading()) {
    slope_.resize(static_cast<Eigen::Index>(theta_.size()));
    curvature_.start(slope_.size());
  }
  archive("curvature", curvature_);
  if (fills_) archive("reference", *fills_);
}

template <class S>
RunOutcome Recorder<S>::finish(const Summary& summary) {
  outcome_.summary = summary;
  const std::size_t components = unit_.components();
  if (compared_ && budget_.on() && components > 0 && unit_.runs[run_].schedule) {
    const std::vector<double> predicted = compared_->prediction(run_);
    const auto known = std::span(predicted).first(planned_rows_ * components);
    std::vector<double> columns;
    for (std::size_t row = 0; row < planned_rows_; ++row) {
      const std::vector<double> part = layout_.norms(known.data() + row * components);
      columns.insert(columns.end(), part.begin(), part.end());
      columns.insert(columns.end(), general_values_.size(), record::kNaN);
    }
    file_.write_column(static_cast<std::size_t>(unit_.runs[run_].run->number), "prediction", columns);
    if (last_row_planned_ && (summary.end == End::completed || summary.end == End::stopped || truncated(summary.end))) {
      const auto last = known.last(components);
      outcome_.prediction.assign(last.begin(), last.end());
    }
  }
  return std::move(outcome_);
}

template class Recorder<float>;
template class Recorder<double>;

}  // namespace invar
