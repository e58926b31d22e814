// What a results file is told: before the first step the descriptions (they fix every size), then rows and end values.
// Plain structs that the loop fills. Doubles that are not known stay NaN, integers −1.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace invar::record {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using AttributeValue = std::variant<std::string, double, std::int64_t>;
using Attributes = std::map<std::string, AttributeValue>;

/// A tensor of the parameters. Its name is dotted, SCOPE.NAME, its axes are the text's: "h", "d", or "(h a)" for two
/// in one.
struct ParameterDescription {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<std::string> axes;
  bool operator==(const ParameterDescription&) const = default;
};

/// A frozen tensor: its numbers are known now.
struct ConstantDescription {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<std::string> axes;
  std::shared_ptr<const std::vector<double>> values;  // row-major
};

/// What sets a run apart from the others of its group; the columns of run_columns(), and its rows.
struct RunDescription {
  std::int64_t number = -1;  // over the whole file, 0, 1, …
  std::string label;         // for people: "sgd 0.1 batch 32 seed 2"
  std::string method, integrator, schedule, precision;
  double step_size = kNaN, step_size_of_sharpness = kNaN, rtol = kNaN, atol = kNaN, end_time = kNaN,
         start_sharpness = kNaN;
  std::int64_t batch = -1, start_seed = -1, sampling_seed = -1, start_checksum = -1;

  std::int64_t rows = 0;  // at most those of its group
  std::vector<ConstantDescription> constants;
};

/// Runs that have everything alike but what RunDescription says: one model with its data and sizes.
struct GroupDescription {
  std::string name;       // of the group in the file; unique
  Attributes attributes;  // model, data, loss, samples, …
  // The three have one entry a component.
  std::vector<std::string> component_law;        // the law's name
  std::vector<std::string> component_kind;       // law, control, claim
  std::vector<std::string> component_index;      // "0,1,2", in the order of the law's indices
  std::vector<std::string> blocks;               // scopes whose block error is recorded
  std::vector<std::string> laws, law_kinds;      // with their scopes; those whose own error is recorded
  std::vector<ParameterDescription> parameters;  // θ is their values one after the other, each row-major
  bool save_parameters = false;                  // θ at every row
  std::vector<RunDescription> runs;              // with the same constants by name and shape

  std::int64_t rows() const;  // the most of a run
};

/// Runs of all groups; their numbers are 0 … run_count − 1.
std::size_t run_count(const std::vector<GroupDescription>& groups);

/// One run and law of /summary. Texts are fixed at creation, all but status, verdict and evidence; numbers of a run are
/// written at its end, those of all runs at the end of the job.
struct SummaryCase {
  std::int64_t run = -1;
  std::string model, method, schedule, precision, law, kind;
  std::int64_t start_seed = -1, sampling_seed = -1, batch = -1, components = -1;
  double rtol = kNaN, step_size = kNaN;
  // The run's.
  std::string status;
  double time = kNaN, loss = kNaN, drift = kNaN, drift_max = kNaN, relative_drift = kNaN, law_error = kNaN,
         defect = kNaN, step_share = kNaN, bound = kNaN, ratio = kNaN, prediction = kNaN;
  // Over all runs of the model with this method and batch.
  double exponent_step_size = kNaN, exponent_step_size_error = kNaN;
  double exponent_sum_step_squared = kNaN, exponent_sum_step_squared_error = kNaN;
  std::string verdict, evidence;  // the law's, over all runs of its model: repeated in each of its cases
};

struct FileDescription {
  std::string version, git_commit, command_line;
  std::string configuration;  // TOML text
  std::string compiler, processor, precision;
  std::string date;  // empty: the time of creation
  Attributes more;
  std::vector<SummaryCase> cases;
};

/// One record of a run. A vector is empty (its entries of the row stay NaN) or has one entry a component, block, law,
/// or element of θ.
struct RowValues {
  double time = kNaN;
  std::int64_t step = -1;
  double last_step_size = kNaN, loss = kNaN, batch_loss = kNaN, eval_loss = kNaN, batch_gradient_norm = kNaN,
         gradient_norm = kNaN, distance = kNaN, flow_error = kNaN, sum_step_squared = kNaN, sharpness = kNaN,
         sharpness_residual = kNaN, smallest_eigenvalue = kNaN;
  std::vector<double> value, drift, step_part, gradient_part, update_part, cast_part, closure, bound, bound_eq9,
      prediction, prediction_error, defect, relative_drift;
  // Of the drift, of its step part, of the rest of its parts.
  std::vector<double> block_error, block_error_step, block_error_rest;
  std::vector<double> law_error, law_error_step, law_error_rest;
  std::vector<double> law_deviation, law_deviation_step, law_deviation_rest;
  std::vector<double> parameters;
};

struct Counters {
  std::int64_t gradients = -1, steps = -1, accepted = -1, rejected = -1;
  double seconds = kNaN;
};

/// pending: not begun; running: so it stays where a process was killed.
enum class RunStatus : std::uint8_t {
  pending,
  running,
  finished,
  truncated,
  diverged,
  stalled,
  interrupted,
  failed,
  stopped
};
enum class FileStatus : std::uint8_t { running, finished, interrupted, failed };
std::string to_string(RunStatus status);
std::string to_string(FileStatus status);

struct RunEnd {
  RunStatus status = RunStatus::finished;
  std::string message;  // why it ended, with step and value; at most 256 bytes are kept
  Counters counters;
};

}  // namespace invar::record
