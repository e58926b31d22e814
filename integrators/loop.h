// One loop for every method. It asks the method for one step after another up to the next stop of the plan, shows each
// step and each stop to an observer, and ends with a cause: the plan is done, a limit is reached, θ diverges, the step
// stalls, or the observer wants it to stop. A run that ends early records the state that it reached as its last row.
// Between two rows the loop itself allocates nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "integrators/clock.h"
#include "integrators/method.h"

namespace invar {

/// Checked before each step, so the last one may pass the number of gradients by its own.
struct Limits {
  std::int64_t gradients = std::numeric_limits<std::int64_t>::max();  // a Hessian-vector product counts 2
  double seconds = std::numeric_limits<double>::infinity();
  std::int64_t steps = std::numeric_limits<std::int64_t>::max();
  /// Diverged: ‖θ‖ above this multiple of max(1, ‖θ_0‖).
  double growth = 1e6;
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
  std::int64_t limited_steps = 0;  // by stability
  // Spent in earlier calls.
  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  double seconds = 0.0;
};

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
  /// Asked before each step.
  virtual bool stop_requested() { return false; }
};

struct Summary {
  End end = End::completed;
  std::string text;    // for people, one line
  bool stiff = false;  // stability limited most steps of an explicit pair
  std::int64_t steps = 0;
  double t = 0.0;
  StepCounters counters;
  std::int64_t rows = 0;
  std::int64_t evaluations = 0;
  std::int64_t hessian_products = 0;
  double seconds = 0.0;
  Progress progress;  // to go on from; a last row that was not planned is recorded again
};

/// Runs from t = 0; θ is left where the run ended. What the field counted before is not the run's.
template <class S>
Summary run(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
            Observer<S>& observer);

/// Goes on where a run ended early: the method is not started. Limits are those of the whole run.
template <class S>
Summary resume(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
               Observer<S>& observer, const Progress& from);

}  // namespace invar
