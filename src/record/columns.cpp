// See columns.h. MATH.md and DESIGN.md name the quantities; units are "1" throughout but for seconds, for time on a
// gradient flow has the units of a step size.
#include "record/columns.h"

#include <algorithm>

namespace invar::record {
namespace {

using Run = RunDescription;
constexpr std::array kRunColumns{
    RunColumn{"number", "1", "number of the run in the file, as in /summary", &Run::number},
    RunColumn{"label", "1", "the run for people", &Run::label},
    RunColumn{"method", "1", "flow, gd or sgd", &Run::method},
    RunColumn{"integrator", "1", "method of a flow; euler for gd and sgd", &Run::integrator},
    RunColumn{"step_size", "1", "step size at the start, NaN for a flow", &Run::step_size},
    RunColumn{"step_size_of_sharpness", "1",
              "step size times start_sharpness, where it was given so; NaN where it was given itself",
              &Run::step_size_of_sharpness},
    RunColumn{"schedule", "1", "schedule of the step sizes, empty for a flow", &Run::schedule},
    RunColumn{"batch", "1", "samples in a mini-batch, -1 without sampling", &Run::batch},
    RunColumn{"precision", "1", "format of the parameters and gradients", &Run::precision},
    RunColumn{"rtol", "1", "relative tolerance of a flow", &Run::rtol},
    RunColumn{"atol", "1", "absolute tolerance of a flow", &Run::atol},
    RunColumn{"start_seed", "1", "seed of the start, -1 where a file holds it", &Run::start_seed},
    RunColumn{"sampling_seed", "1", "seed of the mini-batches, -1 without sampling", &Run::sampling_seed},
    RunColumn{"end_time", "1", "time at which the run is to end", &Run::end_time},
    RunColumn{"start_sharpness", "1", "largest eigenvalue of the Hessian at the start, where a step size asks for it",
              &Run::start_sharpness},
    RunColumn{"start_checksum", "1", "CRC-32 of cost and gradient at the start", &Run::start_checksum},
};

using Row = RowValues;
constexpr std::array kRowColumns{
    RowColumn{"time", "1", "time on the gradient flow's clock, the sum of the step sizes", &Row::time},
    RowColumn{"step", "1", "number of steps taken", &Row::step},
    RowColumn{"last_step_size", "1", "size of the step that led here", &Row::last_step_size},
    RowColumn{"loss", "1", "cost C over all samples", &Row::loss},
    RowColumn{"batch_loss", "1", "mean cost of the batches of the steps since the row before", &Row::batch_loss},
    RowColumn{"eval_loss", "1", "cost over the evaluation data", &Row::eval_loss},
    RowColumn{"batch_gradient_norm", "1", "Euclidean norm of the gradient of the step that led here",
              &Row::batch_gradient_norm},
    RowColumn{"gradient_norm", "1", "Euclidean norm of the full gradient", &Row::gradient_norm},
    RowColumn{"distance", "1", "Euclidean distance of the parameters from the flow's at the same time", &Row::distance},
    RowColumn{"sum_step_squared", "1", "sum of the squared step sizes, S_n", &Row::sum_step_squared},
    RowColumn{"value", "1", "value of the law's component, or norm over those of a large law's matrix", &Row::value},
    RowColumn{"drift", "1",
              "change of the law's component since the start, or norm over the changes of a large law's matrix",
              &Row::drift},
    RowColumn{"step_part", "1", "part of the drift that the steps make with exact arithmetic", &Row::step_part},
    RowColumn{"gradient_part", "1", "part of the drift by rounding in the computed gradients", &Row::gradient_part},
    RowColumn{"update_part", "1", "part of the drift by rounding in the updates of the parameters", &Row::update_part},
    RowColumn{"cast_part", "1", "part of the drift by rounding the parameters for gradients in mixed precision",
              &Row::cast_part},
    RowColumn{"closure", "1", "drift minus the sum of its parts, component by component", &Row::closure},
    RowColumn{"bound", "1", "pathwise bound of the drift, (M/2) sum of step size squared times gradient norm squared",
              &Row::bound},
    RowColumn{"bound_eq9", "1", "bound of Eq. 9, (M G/2) sum of the squared step sizes", &Row::bound_eq9},
    RowColumn{"prediction", "1",
              "drift predicted: by drift from the flow alone, by train as the mean over batches at the points of the "
              "path, from samples of them; NaN without such (probes = 0)",
              &Row::prediction, "component", true},
    RowColumn{"prediction_error", "1", "standard error of train's prediction; 0 where it is exact",
              &Row::prediction_error},
    RowColumn{"defect", "1",
              "largest cosine between the law's gradient and a sample's, or that of all samples; NaN: no gradient came",
              &Row::defect},
    RowColumn{"relative_drift", "1", "drift divided by the sum of the absolute values of the law's terms at the start",
              &Row::relative_drift},
    RowColumn{"block_error", "1", "mean over the block's laws of the drift relative to the start, Eq. 10",
              &Row::block_error, "block"},
    RowColumn{"block_error_step", "1", "block_error of the step part alone", &Row::block_error_step, "block"},
    RowColumn{"block_error_rest", "1", "block_error of what is not step part: rounding", &Row::block_error_rest,
              "block"},
    RowColumn{"law_error", "1", "mean over a law's matrices of the drift relative to the start, Eq. 10 for one law",
              &Row::law_error, "law"},
    RowColumn{"law_error_step", "1", "law_error of the step part alone", &Row::law_error_step, "law"},
    RowColumn{"law_error_rest", "1",
              "law_error of what is not step part: rounding, of claims and controls the training itself",
              &Row::law_error_rest, "law"},
    RowColumn{"law_deviation", "1",
              "2-norm of the drift of all of a law's components relative to that of their start: one number a law, "
              "which law_error has of each of its matrices",
              &Row::law_deviation, "law"},
    RowColumn{"law_deviation_step", "1", "law_deviation of the step part alone", &Row::law_deviation_step, "law"},
    RowColumn{"law_deviation_rest", "1",
              "law_deviation of what is not step part: rounding, of claims and controls the training itself",
              &Row::law_deviation_rest, "law"},
    RowColumn{"flow_error", "1",
              "error of a flow: distance of its parameters from the tightest flow's; of that one from the next flow's, "
              "which is more than its own error; NaN where there is no other",
              &Row::flow_error},
    RowColumn{"sharpness", "1", "largest eigenvalue of the Hessian of the cost over all samples", &Row::sharpness},
    RowColumn{"sharpness_residual", "1", "an eigenvalue lies within this distance of sharpness",
              &Row::sharpness_residual},
    RowColumn{
        "smallest_eigenvalue", "1",
        "of the Hessian over all samples, from above: its smallest curvature in the directions that gave sharpness",
        &Row::smallest_eigenvalue},
};

using Case = SummaryCase;
constexpr std::array kSummaryColumns{
    SummaryColumn{"run", "1", "number of the run, as in its group", &Case::run},
    SummaryColumn{"model", "1", "the model", &Case::model},
    SummaryColumn{"method", "1", "flow, gd or sgd", &Case::method},
    SummaryColumn{"rtol", "1", "relative tolerance of a flow", &Case::rtol},
    SummaryColumn{"step_size", "1", "step size at the start", &Case::step_size},
    SummaryColumn{"schedule", "1", "schedule of the step sizes, empty for a flow", &Case::schedule},
    SummaryColumn{"batch", "1", "samples in a mini-batch, -1 without sampling", &Case::batch},
    SummaryColumn{"precision", "1", "format of the parameters and gradients", &Case::precision},
    SummaryColumn{"start_seed", "1", "seed of the start", &Case::start_seed},
    SummaryColumn{"sampling_seed", "1", "seed of the mini-batches, -1 without sampling", &Case::sampling_seed},
    SummaryColumn{"law", "1", "the law", &Case::law},
    SummaryColumn{"kind", "1", "law, control (not conserved) or claim (said to be conserved)", &Case::kind},
    SummaryColumn{"components", "1", "components of the law", &Case::components},
    SummaryColumn{"status", "1", "status of the run at its end, pending before", &Case::status, 16},
    SummaryColumn{"time", "1", "time reached", &Case::time},
    SummaryColumn{"loss", "1", "loss at the end: over all samples; of train the mean over the last batches",
                  &Case::loss},
    SummaryColumn{"drift", "1",
                  "drift at the end: signed for a law of one component, else the norm over its components",
                  &Case::drift},
    SummaryColumn{"drift_max", "1", "largest absolute drift over all rows", &Case::drift_max},
    SummaryColumn{"relative_drift", "1",
                  "largest drift at the end of the law's components or matrices over the absolute values of its terms",
                  &Case::relative_drift},
    SummaryColumn{"law_error", "1", "error of Eq. 10 at the end, for this law", &Case::law_error},
    SummaryColumn{"defect", "1", "largest defect over all rows and components", &Case::defect},
    SummaryColumn{"step_share", "1", "share of the step part among the parts of the drift, 0 to 1", &Case::step_share},
    SummaryColumn{"bound", "1", "pathwise bound at the end", &Case::bound},
    SummaryColumn{"ratio", "1",
                  "largest (step part + what of the gradient part is no rounding) / bound over the law's components or "
                  "matrices: at "
                  "most 1 for a law",
                  &Case::ratio},
    SummaryColumn{"prediction", "1", "drift predicted, as in the runs", &Case::prediction},
    SummaryColumn{
        "exponent_step_size", "1",
        "exponent of the drift against the constant step size at the end time, over the runs of this method and batch",
        &Case::exponent_step_size},
    SummaryColumn{"exponent_step_size_error", "1", "standard error of exponent_step_size",
                  &Case::exponent_step_size_error},
    SummaryColumn{
        "exponent_sum_step_squared", "1",
        "exponent of the drift against the sum of the squared step sizes, over the runs of this method and batch",
        &Case::exponent_sum_step_squared},
    SummaryColumn{"exponent_sum_step_squared_error", "1", "standard error of exponent_sum_step_squared",
                  &Case::exponent_sum_step_squared_error},
    SummaryColumn{"verdict", "1", "conserved, not conserved or undecided", &Case::verdict, 32},
    SummaryColumn{"evidence", "1", "what the verdict rests on", &Case::evidence, 200},
};

constexpr std::array kCounterColumns{
    CounterColumn{"gradients", "1", "gradients computed, a mini-batch's counts 1", &Counters::gradients},
    CounterColumn{"steps", "1", "steps taken", &Counters::steps},
    CounterColumn{"accepted", "1", "steps accepted", &Counters::accepted},
    CounterColumn{"rejected", "1", "steps rejected", &Counters::rejected},
    CounterColumn{"seconds", "s", "wall-clock time spent in the run", &Counters::seconds},
};

}  // namespace

std::span<const RunColumn> run_columns() {
  return kRunColumns;
}
std::span<const RowColumn> row_columns() {
  return kRowColumns;
}
std::span<const SummaryColumn> summary_columns() {
  return kSummaryColumns;
}
std::span<const CounterColumn> counter_columns() {
  return kCounterColumns;
}

std::int64_t GroupDescription::rows() const {
  std::int64_t most = 0;
  for (const RunDescription& run : runs) most = std::max(most, run.rows);
  return most;
}

std::size_t run_count(const std::vector<GroupDescription>& groups) {
  std::size_t count = 0;
  for (const GroupDescription& group : groups) count += group.runs.size();
  return count;
}

std::string to_string(RunStatus status) {
  constexpr std::array names{"pending", "running",     "finished", "truncated", "diverged",
                             "stalled", "interrupted", "failed",   "stopped"};
  return names.at(static_cast<std::size_t>(status));
}

std::string to_string(FileStatus status) {
  constexpr std::array names{"running", "finished", "interrupted", "failed"};
  return names.at(static_cast<std::size_t>(status));
}

}  // namespace invar::record
