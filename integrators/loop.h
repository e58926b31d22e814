// One loop for every method. It asks the method for one step after another up to the next stop of the plan, shows each
// step and each stop to an observer, and ends with a cause: the plan is done, a limit is reached, θ diverges, the step
// stalls, or the observer wants it to stop. A run that ends early records the state that it reached as its last row.
// Between two rows the loop itself allocates nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "integrators/clock.h"
#include "integrators/method.h"
#include "integrators/stop.h"

namespace invar {

/// Checked before each step, so the last one may pass the number of gradients by its own.
struct Limits {
  std::int64_t gradients = std::numeric_limits<std::int64_t>::max();  // a Hessian-vector product counts 2
  double seconds = std::numeric_limits<double>::infinity();
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
  /// Diverged: ‖θ‖ above this multiple of max(1, ‖θ_0‖).
  double growth = 1e6;
  /// Of the field's own loss: for fields of all samples. What it takes to look counts among the gradients.
  StopAt stop;
};

/// Where the attempts were last counted, by the watch for runs that hardly get on.
struct StallWindow {
  std::int64_t attempts = 0;
  std::int64_t rejected = 0;
  double t = 0.0;
  double step_size = 0.0;
};

/// Where a run stands between two steps: the loop's own share of a checkpoint. A run goes on from here, bit for bit,
/// with a method, a field and θ in the states that they had.
struct Progress {
  std::size_t next_stop = 0;  // in Plan::stops
  std::int64_t step = 0;      // steps done
  std::int64_t rows = 0;      // rows recorded as planned
  double t = 0.0;
  double step_size = 0.0;  // of the last step; 0 at the start
  CompensatedSum sum_step_squared;
  double start_norm = 0.0;         // ‖θ_0‖
  std::int64_t recorded_step = 0;  // steps done at the last row recorded as planned
  std::int64_t limited_steps = 0;  // by stability
  Stiffness limiting;              // where it was nearest to the limit
  StallWindow stall;
  double stop_margin = std::numeric_limits<double>::quiet_NaN();  // at θ; NaN: not looked
  // Spent from the run's start.
  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  double seconds = 0.0;
};

void archive(Archive& archive, Progress& progress);

/// The whole of a run between two steps. Loading starts the method at the loaded θ, which gives its buffers their
/// sizes, and then takes its state: the method and the field may be newly made, with the options that they had.
template <class S>
void archive(Archive& archive, Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta);

template <class S>
struct RowView {
  std::int64_t row = 0;
  std::int64_t step = 0;  // steps done
  double t = 0.0;
  double step_size = 0.0;         // of the step that led here; 0 at the start
  double sum_step_squared = 0.0;  // Σ τ_k² of the steps done
  bool planned = true;            // false: where a run that ended early was left
  const State<S>* theta = nullptr;
};

template <class S>
class Observer {
 public:
  virtual ~Observer() = default;
  /// Every accepted step, before the row or time that it arrives at.
  virtual void on_step(const StepView<S>&) {}
  /// Rows in ascending order from 0, the start.
  virtual void on_row(const RowView<S>&) {}
  /// A flow's extra times; `stop` is the index in Plan::stops. A time that is a row too comes here first.
  virtual void on_time(std::size_t /*stop*/, double /*t*/, const State<S>& /*theta*/) {}
  /// Asked after each planned row: is a checkpoint to be taken at it? Methods with memory that cannot be archived begin
  /// anew there (cvode), so where the bits count this must depend on the row's number, not on a clock.
  virtual bool wants_checkpoint(std::int64_t /*row*/) { return false; }
  /// After that row, where it was wanted: the run's state, for archive() above to save.
  virtual void on_checkpoint(Progress& /*progress*/, Method<S>& /*method*/, VectorField<S>& /*field*/,
                             State<S>& /*theta*/) {}
  /// Asked before each step.
  virtual bool stop_requested() { return false; }
  /// Asked then too: a text ends the run as `stopped`, and says why.
  virtual std::string reason_to_stop() { return {}; }
};

struct Summary {
  End end = End::completed;
  std::string text;    // for people, one line
  bool stiff = false;  // stability limited many steps of an explicit method
  std::int64_t steps = 0;
  double t = 0.0;
  StepCounters counters;
  std::int64_t rows = 0;
  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  double seconds = 0.0;
  std::vector<double> acting_tolerances;  // Method::acting_tolerances
  Progress progress;                      // to go on from; a last row that was not planned is recorded again
};

/// Runs from t = 0; θ is left where the run ended. What the field counted before is not the run's.
template <class S>
Summary run(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
            Observer<S>& observer);

/// Goes on where a run ended early, or from a checkpoint that archive() has loaded: the method is not started here.
/// Plan and limits are those of the whole run.
template <class S>
Summary resume(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
               Observer<S>& observer, const Progress& from);

}  // namespace invar
