// Vector fields for the tests of the integrators: any function, and the quadratic C = ½ (θ − m)ᵀ A (θ − m) with its
// Hessian.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "integrators/loop.h"
#include "integrators/registry.h"

namespace invar::testing {

template <class S>
class FunctionField : public VectorField<S> {
 public:
  using Function = std::function<void(const State<S>&, double, State<S>&)>;
  FunctionField(Eigen::Index size, Function function) : size_(size), function_(std::move(function)) {}

  Eigen::Index size() const override { return size_; }
  double cost() const override { return 0.0; }
  void begin_step() override { ++begun; }

  std::int64_t counted = 0;  // by the field itself, not by its base
  std::int64_t begun = 0;

 private:
  void do_evaluate(const State<S>& theta, double t, State<S>& derivative) override {
    ++counted;
    function_(theta, t, derivative);
  }

  Eigen::Index size_;
  Function function_;
};

template <class S>
class QuadraticField : public VectorField<S> {
 public:
  using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
  explicit QuadraticField(Matrix a) : a_(std::move(a)) {}

  Eigen::Index size() const override { return a_.rows(); }
  double cost() const override { return cost_; }

 private:
  void do_evaluate(const State<S>& theta, double, State<S>& derivative) override {
    derivative.noalias() = -a_ * theta;
    cost_ = -0.5 * static_cast<double>(theta.dot(derivative));
  }
  void do_hessian_product(const State<S>&, const State<S>& v, State<S>& out) override { out.noalias() = -a_ * v; }

  Matrix a_;
  double cost_ = 0.0;
};

/// Two-layer linear net of width 1 in many dimensions, u vᵀ against M: C = ½ ‖u vᵀ − M‖². Laws: ‖u‖² − ‖v‖²
/// (quadratic). θ = (u, v), u and v of n numbers each; M = diag(1, 2, …, n) / n.
template <class S>
void factor_field(const State<S>& theta, double, State<S>& derivative) {
  const Eigen::Index n = theta.size() / 2;
  const auto u = theta.head(n);
  const auto v = theta.tail(n);
  const S uu = u.squaredNorm(), vv = v.squaredNorm();
  for (Eigen::Index i = 0; i < n; ++i) {
    const S m = static_cast<S>(i + 1) / static_cast<S>(n);
    derivative(i) = m * v(i) - vv * u(i);
    derivative(n + i) = m * u(i) - uu * v(i);
  }
}

template <class S>
State<S> factor_start(Eigen::Index n) {
  State<S> theta(2 * n);
  for (Eigen::Index i = 0; i < 2 * n; ++i)
    theta(i) = static_cast<S>(0.4 + 0.3 * std::sin(1.7 * static_cast<double>(i)));
  return theta;
}

/// Keeps what a run shows.
template <class S>
class Recorder : public Observer<S> {
 public:
  void on_step(const StepView<S>& step) override {
    ++steps;
    if (check) check(step);
  }
  void on_row(const RowView<S>& row) override {
    rows.push_back(row);
    states.push_back(*row.theta);
  }
  void on_time(std::size_t stop, double t, const State<S>&) override { times.emplace_back(stop, t); }
  bool stop_requested() override { return stop_after >= 0 && steps >= stop_after; }

  std::function<void(const StepView<S>&)> check;
  std::vector<RowView<S>> rows;  // their theta pointers dangle: see `states`
  std::vector<State<S>> states;
  std::vector<std::pair<std::size_t, double>> times;
  std::int64_t steps = 0;
  std::int64_t stop_after = -1;
};

inline MethodOptions tolerances(double rtol, double atol) {
  MethodOptions options;
  options.rtol = rtol;
  options.atol = atol;
  return options;
}

/// The adaptive methods of the registry.
inline std::vector<MethodEntry> adaptive_methods() {
  std::vector<MethodEntry> entries;
  for (const MethodEntry& entry : kMethods) {
    if (entry.adaptive) entries.push_back(entry);
  }
  return entries;
}

/// A schedule of steps that decay where the method takes one, else of equal steps.
template <class S>
Schedule decaying_if_taken(const MethodEntry& entry, double step, double time) {
  const char* rule = entry.name == "adams-bashforth-moulton" ? "constant" : "power:0.5";
  return {parse_schedule(rule), step, time, std::nullopt, kStepFormat<S>};
}

/// n equal steps: an adaptive method accepts every attempt, and the time limit sets its size.
inline State<double> equal_steps(const MethodEntry& entry, VectorField<double>& field, State<double> theta, double time,
                                 int n) {
  const Schedule schedule({}, time / n, time, std::nullopt, StepFormat::float64);
  MethodOptions options = tolerances(1e300, 1e300);
  options.first_step = time / n;
  options.schedule = &schedule;
  const auto method = entry.make<double>(options);
  double t = 0.0;
  method->start(field, theta, t);
  for (int i = 1; i <= n; ++i) {
    if (!method->advance(theta, t, time * i / n).accepted) throw std::logic_error("equal_steps: not accepted");
  }
  if (method->last_step().index + 1 != n || method->counters().rejected != 0) throw std::logic_error("equal_steps");
  return theta;
}

/// Gauss methods: implicit, m_ij = 0.
inline bool is_gauss(const MethodEntry& entry) {
  return entry.name == "implicit-midpoint" || entry.name == "gauss4" || entry.name == "gauss6";
}

/// A flow to `time` in four rows; `first_step` 0 is automatic.
inline Summary flow(const MethodEntry& entry, FunctionField<double>& field, State<double>& theta, double time,
                    double tol, const Limits& limits = {}, double first_step = 0.0) {
  MethodOptions options = tolerances(tol, tol);
  options.first_step = first_step;
  const auto method = entry.make<double>(options);
  Observer<double> observer;
  return run<double>(*method, field, theta, plan_flow(time, 4), limits, observer);
}

}  // namespace invar::testing
