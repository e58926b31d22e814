// The loop; see the header.
#include "integrators/loop.h"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <chrono>
#include <cmath>
#include <optional>

namespace invar {
namespace {

using Seconds = std::chrono::duration<double>;

/// Is it hopeless to go on? A flow that slides along a surface where the field jumps takes steps as short as its
/// tolerance, sometimes rejecting every other attempt, sometimes none: no sign tells it from a very stiff flow. So what
/// counts is the number of attempts that the rest would need at the pace of the last window, unless the steps are
/// growing; less patience where many attempts are rejected. A run that can afford to slide may: the laws hold all the
/// same.
bool hopeless(StallWindow& window, const StepCounters& counters, double tau, double t, double t_end) {
  constexpr std::int64_t kWindow = 1000;  // attempts
  constexpr double kMost = 1e8;
  constexpr double kManyRejected = 0.25;
  constexpr double kMostWhenRejecting = 1e6;
  const std::int64_t attempts = counters.accepted + counters.rejected;
  if (attempts - window.attempts < kWindow) return false;
  const auto tried = static_cast<double>(attempts - window.attempts);
  const double rejected = static_cast<double>(counters.rejected - window.rejected) / tried;
  const double to_go = tried * (t_end - t) / (t - window.t);
  const bool growing = tau > 2.0 * window.step_size;
  window = {attempts, counters.rejected, t, tau};
  return !growing && to_go > (rejected > kManyRejected ? kMostWhenRejecting : kMost);
}

template <class S>
class Run {
  // Where a condition is met: to this share of the step, in no more tries.
  static constexpr double kPlace = std::is_same_v<S, float> ? 1e-6 : 1e-10;
  static constexpr std::uintmax_t kMostPlaces = 40;

 public:
  Run(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
      Observer<S>& observer, const Progress& from)
      : method_(method),
        field_(field),
        theta_(theta),
        plan_(plan),
        limits_(limits),
        observer_(observer),
        at_(from),
        evaluations_(field.evaluations() - from.evaluations),
        hessian_products_(field.hessian_products() - from.hessian_products),
        watch_(limits.stop) {
    watch_.start(theta.size());
  }

  void start() {
    method_.start(field_, theta_, at_.t);
    at_.start_norm = norm();
  }

  Summary operator()() {
    if (watch_.on() && !plan_.by_step && std::isnan(at_.stop_margin)) look(theta_, nullptr, 0.0);
    while (at_.next_stop < plan_.stops.size()) {
      const PlanStop& stop = plan_.stops[at_.next_stop];
      while (!ended_ && !arrived_at(stop)) take_step(stop);
      if (ended_ && !arrived_at(stop)) break;
      if (stop.extra) observer_.on_time(at_.next_stop, at_.t, theta_);
      ++at_.next_stop;
      if (stop.row >= 0) {
        record(true);
        ++at_.rows;
        at_.recorded_step = at_.step;
        if (observer_.wants_checkpoint(stop.row)) checkpoint();
      }
    }
    if (!ended_ && !plan_.reaches_time)
      end(End::truncated_steps, plan_.by_step ? "the schedule's last step comes before the time"
                                              : "no condition was met, however far the flow went");
    // Steps towards an extra time beyond the last row are no row.
    const bool leftover = at_.rows < plan_.rows() && at_.step > at_.recorded_step;
    if (leftover) record(false);
    return summary(at_.rows + (leftover ? 1 : 0));
  }

 private:
  bool arrived_at(const PlanStop& stop) const { return plan_.by_step ? at_.step >= stop.step : at_.t >= stop.t; }

  void take_step(const PlanStop& stop) {
    if (const auto cause = limit_reached()) return end(*cause, limit_text(*cause));
    if (const std::string reason = observer_.reason_to_stop(); !reason.empty()) return end(End::stopped, reason);
    field_.begin_step();
    const double limit = plan_.by_step ? std::numeric_limits<double>::infinity() : stop.t;
    const std::int64_t accepted = method_.counters().accepted;
    const Advance advance = method_.advance(theta_, at_.t, limit);
    if (!advance.accepted) return end(advance.end, advance.reason);
    const StepView<S>& view = method_.last_step();
    const bool behind = watch_.on() && starts_from_known_loss(view);
    if (behind && look(*view.before, view.stages.front(), static_cast<double>(view.tau)))
      return take_back(view, accepted);
    const double size = norm();
    const double largest = limits_.growth * std::max(1.0, at_.start_norm);
    if (!(size <= largest)) {
      take_back(view, accepted);  // the last state worth looking at
      if (!std::isfinite(size)) return end(End::diverged, not_finite(view));
      return end(End::diverged, "the next step makes the norm of the parameters " + number_text(size) +
                                    ", its limit is " + number_text(largest) + "; a smaller step size may help");
    }
    if (watch_.on() && !behind) look_after(view);
    ++at_.step;
    at_.step_size = static_cast<double>(view.tau);
    at_.sum_step_squared.add(at_.step_size * at_.step_size);
    if (view.stiffness && view.stiffness->near) {
      ++at_.limited_steps;
      if (view.stiffness->share > at_.limiting.share) at_.limiting = *view.stiffness;
    }
    observer_.on_step(view);
    if (!ended_ && !plan_.by_step && hopeless(at_.stall, method_.counters(), at_.step_size, at_.t, sight())) {
      end(End::stalled, "steps of " + number_text(at_.step_size) + " after " +
                            counted(method_.counters().rejected, "rejected attempt") +
                            ": the flow slides along a surface where the vector field jumps or is much too stiff "
                            "for this method, or the tolerance is too tight for its order or the number format; "
                            "another tolerance or method, or a shorter time, may help");
    }
  }

  /// The time that a run must be able to reach. One that ends by a condition has T only as a limit, however far.
  double sight() const {
    constexpr double kFar = 1e3;
    const double time = plan_.stops.back().t;
    return limits_.stop.asks() ? std::min(time, kFar * at_.t) : time;
  }

  /// Why a step from a finite θ makes it not finite.
  std::string not_finite(const StepView<S>& view) const {
    const bool finite_slope = view.stages.empty() || view.stages.front()->allFinite();
    if (finite_slope) return "the next step makes the parameters not finite; a smaller step size may help";
    return at_.step == 0 ? "the gradient is not finite at the start, so no step size helps; other data, another start "
                           "or another block may"
                         : "the gradient is not finite where the last step led; a smaller step size may help";
  }

  /// `accepted`: the method's count before the step.
  void take_back(const StepView<S>& view, std::int64_t accepted) {
    method_.show();
    theta_ = *view.before;
    at_.t = view.t;
    taken_back_ = method_.counters().accepted - accepted;
  }

  /// Gradient descent has the loss and the gradient of θ, not of θ': it is looked at one step late, which is then taken
  /// back.
  bool starts_from_known_loss(const StepView<S>& view) const {
    return plan_.by_step && !view.stages.empty() && field_.cost_is_of(*view.stages.front());
  }

  /// True, and the run ends, where a condition is met.
  bool look(const State<S>& theta, const State<S>* derivative, double step_size) {
    const StopValues values = watch_.look(field_, theta, at_.t, derivative, step_size);
    at_.stop_margin = stop_margin(limits_.stop, values);
    if (at_.stop_margin > 0.0) return false;
    end(End::stopped, stop_text(limits_.stop, values));
    return true;
  }

  /// Where the end of a flow's step is beyond the condition the step is taken again, up to the place: there it is a
  /// step of the method like any other, and its budget closes. Prescribed steps end where they end.
  void look_after(const StepView<S>& view) {
    const auto tau = static_cast<double>(view.tau);
    const double before = at_.stop_margin;
    if (plan_.by_step) {
      look(theta_, view.derivative, tau);
      return;
    }
    at_.stop_margin = stop_margin(limits_.stop, watch_.look(field_, theta_, at_.t, view.derivative, tau));
    if (at_.stop_margin > 0.0) return;
    StopValues met = watch_.look(field_, theta_, at_.t, view.derivative, tau, true);
    const double after = at_.stop_margin = stop_margin(limits_.stop, met);
    if (after > 0.0) return;  // a closer look has it before the condition
    // The margin at the end of the step when it ends at t.
    const auto margin_at = [&](double t) {
      if (!method_.retake(theta_, at_.t, t)) return -1.0;
      const StopValues values = watch_.look(field_, theta_, at_.t, view.derivative, tau, true);
      const double margin = stop_margin(limits_.stop, values);
      if (margin <= 0.0) met = values;
      return margin;
    };
    const double t_begin = view.t, t_end = view.t_after;
    if (after < 0.0) {
      // In float a step's size has no more figures.
      const double near = kPlace * (t_end - t_begin) + 4.0 * std::numeric_limits<double>::epsilon() * t_end;
      const auto found = [near](double a, double b) { return std::abs(b - a) <= near; };
      std::uintmax_t most = kMostPlaces;
      const double place =
          boost::math::tools::toms748_solve(margin_at, t_begin, t_end, before, after, found, most).second;
      if (!method_.retake(theta_, at_.t, place)) method_.retake(theta_, at_.t, t_end);
    }
    end(End::stopped, stop_text(limits_.stop, met));
  }

  std::optional<End> limit_reached() {
    if (observer_.stop_requested()) return End::interrupted;
    if (evaluations() + 2 * hessian_products() >= limits_.gradients) return End::truncated_gradients;
    if (seconds() >= limits_.seconds) return End::truncated_seconds;
    if (at_.step >= limits_.steps) return End::truncated_steps;
    return std::nullopt;
  }

  std::string limit_text(End cause) const {
    switch (cause) {
      case End::truncated_gradients:
        return "the budget is " + counted(limits_.gradients, "gradient");
      case End::truncated_seconds:
        return "the budget is " + number_text(limits_.seconds) + " s";
      case End::truncated_steps:
        return "the budget is " + counted(limits_.steps, "step");
      default:
        return "stop requested";
    }
  }

  void end(End cause, const std::string& reason) {
    ended_ = true;
    end_ = cause;
    reason_ = reason;
  }

  void record(bool planned) {
    method_.show();
    observer_.on_row({at_.rows, at_.step, at_.t, at_.step_size, at_.sum_step_squared.value(), planned, &theta_});
  }

  Summary summary(std::int64_t rows) const {
    Summary result;
    result.end = end_;
    result.steps = at_.step;
    result.t = at_.t;
    result.counters = method_.counters();
    result.counters.accepted -= taken_back_;
    result.rows = rows;
    result.evaluations = evaluations();
    result.hessian_products = hessian_products();
    result.seconds = seconds();
    result.acting_tolerances = method_.acting_tolerances();
    result.text = std::string(to_string(end_)) + " at step " + std::to_string(at_.step) +
                  ", t = " + number_text(at_.t) + " of " + number_text(plan_.time);
    if (!reason_.empty()) result.text += ": " + reason_;
    constexpr std::int64_t kShare = 4;  // a quarter of the steps is worth a word
    result.stiff = kShare * at_.limited_steps > at_.step;
    if (result.stiff)
      result.text += "; stability limited " + std::to_string(at_.limited_steps) +
                     " of the steps: step times largest curvature " +
                     number_text(at_.limiting.share * at_.limiting.interval) + " at most, the method's limit " +
                     number_text(at_.limiting.interval) + "; cvode, auto or rkc3 may need fewer gradients";
    result.progress = progress();
    return result;
  }

  Progress progress() const {
    Progress now = at_;
    now.evaluations = evaluations();
    now.hessian_products = hessian_products();
    now.seconds = seconds();
    return now;
  }

  void checkpoint() {
    method_.checkpoint(theta_, at_.t);
    watch_.start(theta_.size());  // what it followed is not archived
    Progress now = progress();
    observer_.on_checkpoint(now, method_, field_, theta_);
  }

  double norm() const { return method_.norm(theta_); }
  std::int64_t evaluations() const { return field_.evaluations() - evaluations_; }
  std::int64_t hessian_products() const { return field_.hessian_products() - hessian_products_; }
  double seconds() const { return at_.seconds + Seconds(std::chrono::steady_clock::now() - began_).count(); }

  Method<S>& method_;
  VectorField<S>& field_;
  State<S>& theta_;
  const Plan& plan_;
  const Limits& limits_;
  Observer<S>& observer_;
  Progress at_;
  std::int64_t evaluations_;       // the field's count at the run's start
  std::int64_t hessian_products_;  // likewise
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::int64_t taken_back_ = 0;  // steps: that on which the run diverged, or met a condition before
  StopWatch<S> watch_;
  bool ended_ = false;
  End end_ = End::completed;
  std::string reason_;
};

}  // namespace

void archive(Archive& archive, Progress& progress) {
  archive("next_stop", progress.next_stop);
  archive("step", progress.step);
  archive("rows", progress.rows);
  archive("t", progress.t);
  archive("step_size", progress.step_size);
  archive("sum_step_squared", progress.sum_step_squared);
  archive("start_norm", progress.start_norm);
  archive("recorded_step", progress.recorded_step);
  archive("limited_steps", progress.limited_steps);
  archive("limiting_share", progress.limiting.share);
  archive("limiting_interval", progress.limiting.interval);
  archive("stall_attempts", progress.stall.attempts);
  archive("stall_rejected", progress.stall.rejected);
  archive("stall_t", progress.stall.t);
  archive("stall_step_size", progress.stall.step_size);
  archive("stop_margin", progress.stop_margin);
  archive("evaluations", progress.evaluations);
  archive("hessian_products", progress.hessian_products);
  archive("seconds", progress.seconds);
}

template <class S>
void archive(Archive& archive, Progress& progress, Method<S>& method, VectorField<S>& field, State<S>& theta) {
  {
    const Archive::Group group(archive, "progress");
    invar::archive(archive, progress);
  }
  archive("theta", theta);
  if (archive.loading()) method.start(field, theta, progress.t);
  archive("field", field);
  archive("method", method);
}

template <class S>
Summary run(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
            Observer<S>& observer) {
  Run<S> whole(method, field, theta, plan, limits, observer, {});
  whole.start();
  return whole();
}

template <class S>
Summary resume(Method<S>& method, VectorField<S>& field, State<S>& theta, const Plan& plan, const Limits& limits,
               Observer<S>& observer, const Progress& from) {
  return Run<S>(method, field, theta, plan, limits, observer, from)();
}

template void archive(Archive&, Progress&, Method<float>&, VectorField<float>&, State<float>&);
template void archive(Archive&, Progress&, Method<double>&, VectorField<double>&, State<double>&);
template Summary run(Method<float>&, VectorField<float>&, State<float>&, const Plan&, const Limits&, Observer<float>&);
template Summary run(Method<double>&, VectorField<double>&, State<double>&, const Plan&, const Limits&,
                     Observer<double>&);
template Summary resume(Method<float>&, VectorField<float>&, State<float>&, const Plan&, const Limits&,
                        Observer<float>&, const Progress&);
template Summary resume(Method<double>&, VectorField<double>&, State<double>&, const Plan&, const Limits&,
                        Observer<double>&, const Progress&);

}  // namespace invar
