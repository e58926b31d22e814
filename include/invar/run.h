// Runs on a loss: gradient flow θ̇ = −∇C(θ) with error control, GD and SGD, on one clock t = Σ τ_k, with the laws' drift
// and what it is made of (src/law/README.md).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "invar/laws.h"
#include "invar/loss.h"

namespace invar::api {

/// How steps are taken.
struct Method {
  /// `integrator`: as `drift --list` names them; those for stiff flows (auto, cvode, rkc2 …) take difference quotients
  /// of the gradient. `rtol` is above 0; `atol` 0: a hundredth of rtol. Throws std::invalid_argument, as the others do.
  static Method flow(double rtol = 1e-8, std::string integrator = "auto", double atol = 0.0);
  /// `schedule`: constant, power:ALPHA (τ (k+1)^−ALPHA) or linear:END (to the step size END).
  static Method gd(double step_size, std::string schedule = "constant");
  static Method sgd(double step_size, std::int64_t batch, std::uint64_t seed, std::string schedule = "constant");

  std::string integrator, schedule;
  double rtol = 0.0, atol = 0.0, step_size = 0.0;
  std::int64_t batch = 0;  // 0: all samples
  std::uint64_t seed = 0;
};

/// A record. Numbers of laws: one a component, law after law as in Laws::list().
struct Row {
  std::int64_t step = 0;
  double time = 0.0;
  double loss = 0.0, gradient_norm = 0.0;  // over all samples
  std::vector<double> value, drift;        // h, and its change since the start
  // NaN for laws that are not quadratic. The drift by the steps in exact arithmetic, by rounding in the gradients (of a
  // claim or control also by the flow), by rounding of the updates; what they leave; the bound of the first.
  std::vector<double> step_part, gradient_part, update_part, closure, bound;
};

struct RunOptions {
  double time = 1.0;          // T
  std::int64_t records = 40;  // rows beside the start
  // Looked at before each step, so the last one may pass them.
  std::int64_t max_gradients = std::numeric_limits<std::int64_t>::max();
  double max_seconds = std::numeric_limits<double>::infinity();
  /// Called with each row and θ there; false ends the run.
  std::function<bool(const Row&, std::span<const double>)> on_row = {};
};

struct Result {
  std::string status;   // finished, truncated, diverged, stalled, interrupted
  std::string message;  // with step, time and the value that ended it
  std::vector<Row> rows;
  std::vector<double> theta;  // where it ended
  std::int64_t steps = 0, rejected = 0;
  std::int64_t gradients = 0;  // of the run; rows cost one more each
  double seconds = 0.0;
};

/// A loss that is not finite ends the run as diverged. Throws std::invalid_argument: laws of other parameters, SGD on a
/// loss of one sample, a step size above T, a start of another length, a batch above the number of samples.
Result run(Loss& loss, const Laws& laws, const Method& method, std::vector<double> start, const RunOptions& options);

}  // namespace invar::api
