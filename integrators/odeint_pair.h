// An embedded Runge–Kutta pair of Boost.Odeint as a Method. Internal to the files that name a pair.
//
// Odeint's controlled stepper attempts the step (try_step); the error checker and the step adjuster that it is given
// are ours, because Odeint's own accept NaN, know the maximum norm only and have no memory. It is driven step by step:
// integrate_adaptive would lose the working step at each stop. The stages are not copied: the system that Odeint calls
// is a tap which keeps the addresses of the buffers that it fills, and these live until the next attempt. Time inside a
// step is counted from its start, in S; the run's time is double.
#pragma once

#include <algorithm>
#include <array>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
// Only the resizing: the rest of external/eigen/eigen.hpp adds operators to namespace Eigen. Without it this compiles
// and crashes; a static_assert below asks for it.
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <cmath>
#include <optional>
#include <type_traits>

#include "integrators/registry.h"
#include "integrators/step_control.h"

namespace invar::odeint_pair {

namespace odeint = boost::numeric::odeint;

/// What the parts of one attempt tell each other.
template <class S>
struct Attempt {
  const ErrorNorm* norm = nullptr;
  StepControl* control = nullptr;
  const State<S>* after = nullptr;
  bool clipped = false;
  double error = 0.0;
};

template <class S>
struct ErrorChecker {
  Attempt<S>* attempt = nullptr;

  template <class Algebra>
  S error(Algebra&, const State<S>& before, const State<S>&, const State<S>& estimate, S) const {
    attempt->error = (*attempt->norm)(estimate, before, *attempt->after);
    // Odeint rejects what is above 1; in double, so that both sides of 1 stay apart in float.
    return attempt->error <= 1.0 ? S(0) : S(2);
  }
};

template <class S>
struct StepAdjuster {
  Attempt<S>* attempt = nullptr;

  bool check_step_size_limit(S) const { return true; }
  S get_max_dt() const { return S(0); }
  S decrease_step(S tau, S, int) const {
    attempt->control->reject(static_cast<double>(tau), attempt->error);
    return tau;
  }
  S increase_step(S tau, S, int) const {
    attempt->control->accept(static_cast<double>(tau), attempt->error, attempt->clipped);
    return tau;
  }
};

template <template <class, class, class, class, class, class, class> class Pair, class S>
class OdeintPair final : public Method<S> {
  using Stepper = Pair<State<S>, S, State<S>, S, odeint::vector_space_algebra, odeint::default_operations,
                       odeint::initially_resizer>;
  using Controlled = odeint::controlled_runge_kutta<Stepper, ErrorChecker<S>, StepAdjuster<S>>;
  static constexpr bool kFirstSameAsLast =
      std::is_same_v<typename Stepper::stepper_category, odeint::explicit_error_stepper_fsal_tag>;
  static constexpr int kErrorOrder = Stepper::error_order_value + 1;
  static constexpr std::size_t kMostStages = 16;
  // A step shorter than this many roundings of t cannot be trusted to move t.
  static constexpr double kShortestStep = 16.0;
  // A limit this close is reached in one step: the remainder would be a sliver (as in DOPRI5).
  static constexpr double kStretch = 1.01;

  static_assert(odeint::is_resizeable<State<S>>::value, "Odeint would leave its Eigen vectors empty");

 public:
  OdeintPair(const MethodOptions& options, const Tableau& tableau)
      : norm_(options.norm, options.rtol, options.atol, options.tensor_begin),
        control_(kErrorOrder),
        first_step_(options.first_step),
        tableau_(tableau) {}

  void start(VectorField<S>& field, const State<S>& theta, double) override {
    field_ = &field;
    for (State<S>* buffer : {&before_, &first_, &last_}) buffer->resize(theta.size());
    attempt_ = {&norm_, &control_, nullptr, false, 0.0};
    // Odeint's buffers are sized once: a new stepper for each run.
    controlled_.emplace(ErrorChecker<S>{&attempt_}, StepAdjuster<S>{&attempt_});
    started_ = moved_ = false;
    this->step_ = {};
    this->counters_ = {};
  }

  void moved() override { moved_ = true; }

  Advance advance(State<S>& theta, double& t, double t_limit) override {
    if (!started_) {
      field_->evaluate(theta, t, last_);
      if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite at the start");
      control_.reset(first_step_ > 0.0
                         ? first_step_
                         : first_step(*field_, theta, t, last_, norm_, kErrorOrder, t_limit - t, before_, first_));
      started_ = true;
    }
    if (moved_) {
      field_->evaluate(theta, t, last_);
      if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite where θ was moved");
      moved_ = false;
    }
    before_ = theta;
    first_.swap(last_);  // F(θ), known from the step before
    attempt_.after = &theta;
    const StepCounters at_entry = this->counters_;
    for (;;) {
      const double remaining = t_limit - t;
      const double wanted = control_.step();
      const bool reaches = kStretch * wanted >= remaining;
      const S tau = static_cast<S>(reaches ? remaining : wanted);
      // Not "below": NaN is no step either.
      if (!(wanted >=
            kShortestStep * std::numeric_limits<double>::epsilon() * std::max(std::abs(t), std::abs(t_limit)))) {
        theta = before_;
        first_.swap(last_);
        return Advance::failed(End::stalled, stalled_text(wanted, at_entry));
      }
      attempt_.clipped = reaches && wanted > remaining;
      if (attempt(theta, t, tau)) {
        const double t_after = reaches ? t_limit : t + static_cast<double>(tau);
        this->step_ = {this->counters_.accepted,
                       t,
                       t_after,
                       tau,
                       &before_,
                       &theta,
                       &tableau_,
                       {stages_.data(), static_cast<std::size_t>(tableau_.stages)}};
        ++this->counters_.accepted;
        t = t_after;
        return {};
      }
      ++this->counters_.rejected;
      if (!std::isfinite(attempt_.error)) ++this->counters_.rejected_nonfinite;
    }
  }

 private:
  /// One try; θ' into `after`, F(θ') into last_. False: rejected, and the control has a shorter step.
  bool attempt(State<S>& after, double t, S tau) {
    stages_[0] = &first_;
    std::size_t stage = 1;
    auto tap = [this, t, &stage](const State<S>& theta, State<S>& derivative, S since) {
      field_->evaluate(theta, t + static_cast<double>(since), derivative);
      if (stage < kMostStages) stages_[stage++] = &derivative;
    };
    S since(0);
    S step = tau;
    if constexpr (kFirstSameAsLast) {
      return controlled_->try_step(std::ref(tap), before_, first_, since, after, last_, step) == odeint::success;
    } else {
      if (controlled_->try_step(std::ref(tap), before_, first_, since, after, step) != odeint::success) return false;
      // The next step begins with F(θ'). Evaluated now, so that a θ' at which F is not finite is rejected like any
      // other bad attempt; a pair with a last stage at θ' sees it in its error estimate.
      field_->evaluate(after, t + static_cast<double>(tau), last_);
      if (last_.allFinite()) return true;
      attempt_.error = std::numeric_limits<double>::infinity();
      control_.reject(static_cast<double>(tau), attempt_.error);
      return false;
    }
  }

  std::string stalled_text(double wanted, const StepCounters& at_entry) const {
    const auto rejected = this->counters_.rejected - at_entry.rejected;
    const auto nonfinite = this->counters_.rejected_nonfinite - at_entry.rejected_nonfinite;
    std::string text =
        "the step fell to " + number_text(wanted) + " after " + std::to_string(rejected) + " rejected attempts";
    if (nonfinite > 0) {
      return text + ", " + std::to_string(nonfinite) +
             " of them not finite: the vector field has no finite values here";
    }
    return text + ": the vector field jumps or grows without bound here, or the tolerance is below its rounding";
  }

  ErrorNorm norm_;
  StepControl control_;
  double first_step_;
  const Tableau& tableau_;
  VectorField<S>* field_ = nullptr;
  Attempt<S> attempt_;
  std::optional<Controlled> controlled_;
  State<S> before_;
  State<S> first_;  // F(θ)
  State<S> last_;   // F(θ')
  std::array<const State<S>*, kMostStages> stages_{};
  bool started_ = false, moved_ = false;
};

}  // namespace invar::odeint_pair
