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

struct ParameterDescription {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// A frozen tensor: its numbers are known now.
struct ConstantDescription {
  std::string name;
  std::vector<std::int64_t> shape;
  std::shared_ptr<const std::vector<double>> values;  // row-major
};

/// A number of a run that is known late: a dataset, for attributes are fixed before the first step.
struct ValueDescription {
  std::string name, units, description;
  bool integer = false;
};

struct RunDescription {
  Attributes attributes;  // model, data, method, integrator, step size, schedule, batch, seeds, tolerances, …
  std::int64_t rows = 0;
  // The three have one entry a component.
  std::vector<std::string> component_law;        // the law's name
  std::vector<std::string> component_kind;       // law, control, claim
  std::vector<std::string> component_index;      // "0,1,2", in the order of the law's indices
  std::vector<std::string> blocks;               // scopes whose block error is recorded
  std::vector<std::string> laws, law_kinds;      // with their scopes; those whose own error is recorded
  std::vector<ParameterDescription> parameters;  // θ is their values one after the other, each row-major
  std::vector<ConstantDescription> constants;
  bool save_parameters = false;  // θ at every row
  std::vector<ValueDescription> values;
};

/// One run and law of /summary. Texts are fixed at creation, all but verdict and evidence; numbers are written at the
/// end.
struct SummaryCase {
  std::int64_t run = -1;
  std::string model, method, schedule, precision, law, kind;
  std::int64_t start_seed = -1, sampling_seed = -1, batch = -1;
  double rtol = kNaN;
  double step_size = kNaN, time = kNaN, drift = kNaN, drift_max = kNaN, bound = kNaN, ratio = kNaN, prediction = kNaN;
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
  double step_size = kNaN, loss = kNaN, batch_loss = kNaN, eval_loss = kNaN, batch_gradient_norm = kNaN,
         gradient_norm = kNaN, distance = kNaN, flow_error = kNaN, sum_step_squared = kNaN, sharpness = kNaN,
         sharpness_residual = kNaN, smallest_eigenvalue = kNaN;
  std::vector<double> value, drift, step_part, gradient_part, update_part, cast_part, closure, bound, bound_eq9,
      prediction, prediction_error, defect, relative_drift;
  std::vector<double> block_error, law_error;
  std::vector<double> parameters;
};

struct Counters {
  std::int64_t gradients = -1, accepted = -1, rejected = -1;
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
