#include "experiments/drift/recorder.h"

#include <algorithm>
#include <cmath>

#include "experiments/drift/keys.h"
#include "job/law_range.h"

namespace invar {
template <class S>
Recorder<S>::Recorder(const UnitSetup& unit, std::size_t run, Measures& measures, VectorField<S>& field,
                      ReferenceFlow* fills, const ReferenceFlow* compared, record::ResultsFile& file, SavedRuns& saved,
                      ProgressLine::Run& progress)
    : RunRecorder<S>(unit, run, field, file, saved, progress),
      measures_(measures),
      fills_(fills),
      compared_(compared),
      all_samples_(measures.objective),
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
  RunRecorder<S>::on_step(step);
  if (fills_) at_step_start(step);
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

/// From the direction found at the row before.
template <class S>
void Recorder<S>::measure_sharpness(record::RowValues& values) {
  const RunSetup& setup = unit_.runs[run_];
  if (!keys_of<DriftKeys>(*unit_.configuration).sharpness && !(setup.batch > 0 && setup.stop.asks_sharpness())) return;
  point_ = Eigen::Map<const State<double>>(theta_.data(), static_cast<Eigen::Index>(theta_.size()));
  LanczosOptions options;
  options.tolerance = 1e-6;
  options.max_products = 300;
  options.largest_only = true;
  options.follows = &direction_;
  const Sharpness found = sharpness<double>(all_samples_, point_, options);
  if (!found.finite) return;
  values.sharpness = found.largest;
  values.sharpness_residual = found.residual_largest;
  values.smallest_eigenvalue = found.smallest;
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
void Recorder<S>::add_general(record::RowValues& values, bool start) {
  measures_.probes.measure_general(theta_.data(), general_values_, general_defects_);
  raise_defects(outcome_.general_defect_max, general_defects_);
  this->append_general(general_values_, start, values);
  values.defect.insert(values.defect.end(), general_defects_.begin(), general_defects_.end());
}

template <class S>
void Recorder<S>::on_row(const RowView<S>& row) {
  record::RowValues values;
  this->begin_row(row, values);
  values.loss = measures_.objective.evaluate(theta_.data(), measures_.gradient.data());
  double squared = 0.0;
  for (const double g : measures_.gradient) squared += g * g;
  values.gradient_norm = std::sqrt(squared);
  measure_sharpness(values);
  look_for_stop(row, values);
  if (fills_ && fills_->wants_spread() && row.planned) measure_spread(row.t);
  measure_distance(row, values);
  outcome_.loss = values.loss;
  this->fill_budget(row, values);
  measures_.probes.measure(theta_.data(), measures_.gradient.data(), defects_);
  values.defect = layout_.largest(defects_.data());
  if (!general_values_.empty()) add_general(values, row.row == 0);
  if (unit_.configuration->save_parameters) values.parameters = theta_;

  this->write(row, values);

  if (row.planned) ++planned_rows_;
  last_row_planned_ = row.planned;
  raise_defects(outcome_.defect_max, defects_);
  std::vector<double> of_laws;
  for (std::size_t f = 0, first = 0; f < unit_.problem.forms.size(); ++f) {
    const auto components = static_cast<std::size_t>(unit_.problem.forms[f].components());
    of_laws.push_back(largest_size(defects_, first, components));
    first += components;
  }
  outcome_.worst.look(of_laws, theta_);
}

template <class S>
void Recorder<S>::archive(Archive& archive) {
  RunRecorder<S>::archive(archive);
  archive("planned_rows", planned_rows_);
  archive("last_row_planned", last_row_planned_);
  archive("reason_to_stop", reason_to_stop_);
  archive("direction", direction_);
  if (fills_) archive("reference", *fills_);
}

template <class S>
RunOutcome Recorder<S>::finish(const Summary& summary) {
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
  return RunRecorder<S>::finish(summary);
}

template class Recorder<float>;
template class Recorder<double>;

}  // namespace invar
