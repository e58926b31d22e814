// An embedded Runge–Kutta pair of Boost.Odeint as a Method. Internal to the files that name a pair.
//
// Odeint's controlled stepper attempts the step (try_step); the error checker and the step adjuster that it is given
// are ours, because Odeint's own accept NaN, know the maximum norm only and have no memory. It is driven step by step:
// integrate_adaptive would lose the working step at each stop. The stages are not copied: the system that Odeint calls
// is a tap which keeps the addresses of the buffers that it fills, and these live until the next attempt. Time inside a
// step is counted from its start, in S; the run's time is double.
#pragma once

#include <array>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
// Only the resizing: the rest of external/eigen/eigen.hpp adds operators to namespace Eigen. Without it this compiles
// and crashes; a static_assert below asks for it.
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <cmath>
#include <optional>
#include <type_traits>

#include "integrators/adaptive_method.h"
#include "integrators/registry.h"
#include "integrators/step_control.h"

namespace invar::odeint_pair {

namespace odeint = boost::numeric::odeint;

/// What the parts of one attempt tell each other.
template <class S>
struct AttemptParts {
  const ErrorNorm* norm = nullptr;
  StepControl* control = nullptr;
  const State<S>* after = nullptr;
  bool clipped = false;
  double error = 0.0;
};

template <class S>
struct ErrorChecker {
  AttemptParts<S>* attempt = nullptr;

  template <class Algebra>
  S error(Algebra&, const State<S>& before, const State<S>&, const State<S>& estimate, S) const {
    attempt->error = (*attempt->norm)(estimate, before, *attempt->after);
    // Odeint rejects what is above 1; in double, so that both sides of 1 stay apart in float.
    return attempt->error <= 1.0 ? S(0) : S(2);
  }
};

template <class S>
struct StepAdjuster {
  AttemptParts<S>* attempt = nullptr;

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
class OdeintPair final : public AdaptiveMethod<S> {
  using Stepper = Pair<State<S>, S, State<S>, S, odeint::vector_space_algebra, odeint::default_operations,
                       odeint::initially_resizer>;
  using Controlled = odeint::controlled_runge_kutta<Stepper, ErrorChecker<S>, StepAdjuster<S>>;
  static constexpr bool kFirstSameAsLast =
      std::is_same_v<typename Stepper::stepper_category, odeint::explicit_error_stepper_fsal_tag>;
  static constexpr int kErrorOrder = Stepper::error_order_value + 1;
  static constexpr std::size_t kMostStages = 16;

  static_assert(odeint::is_resizeable<State<S>>::value, "Odeint would leave its Eigen vectors empty");

 public:
  OdeintPair(const MethodOptions& options, const Tableau& tableau)
      : AdaptiveMethod<S>(options), control_(kErrorOrder, options.control) {
    this->tableau_ = &tableau;
    this->stages_ = {stages_taken_.data(), static_cast<std::size_t>(tableau.stages)};
  }

  void archive(Archive& archive) override {
    AdaptiveMethod<S>::archive(archive);
    archive("control", control_);
  }

 private:
  void prepare(Eigen::Index) override {
    parts_ = {&this->norm_, &control_, nullptr, false, 0.0};
    // Odeint's buffers are sized once: a new stepper for each run.
    controlled_.emplace(ErrorChecker<S>{&parts_}, StepAdjuster<S>{&parts_});
  }

  void choose_first_step(const State<S>& theta, double t, double longest) override {
    control_.reset(this->first_step_size(theta, t, longest, kErrorOrder));
  }

  double working_step() const override { return control_.step(); }

  void attempt(State<S>& after, typename AdaptiveMethod<S>::Attempt& attempt) override {
    stages_taken_[0] = &this->first_;
    std::size_t stage = 1;
    auto tap = [this, &attempt, &stage](const State<S>& theta, State<S>& derivative, S since) {
      this->field().evaluate(theta, attempt.t + static_cast<double>(since), derivative);
      if (stage < kMostStages) stages_taken_[stage++] = &derivative;
    };
    parts_.after = &after;
    parts_.clipped = attempt.clipped;
    S since(0);
    S step = attempt.tau;
    if constexpr (kFirstSameAsLast) {
      controlled_->try_step(std::ref(tap), this->before_, this->first_, since, after, this->last_, step);
    } else if (controlled_->try_step(std::ref(tap), this->before_, this->first_, since, after, step) ==
               odeint::success) {
      // The next step begins with F(θ'). Evaluated now, so that a θ' at which F is not finite is rejected like any
      // other bad attempt; a pair with a last stage at θ' sees it in its error estimate.
      const double tau = static_cast<double>(attempt.tau);
      this->field().evaluate(after, attempt.t + tau, this->last_);
      if (!this->last_.allFinite()) {
        parts_.error = std::numeric_limits<double>::infinity();
        control_.reject(tau, parts_.error);
      }
    }
    attempt.error = parts_.error;
  }

  StepControl control_;
  AttemptParts<S> parts_;
  std::optional<Controlled> controlled_;
  std::array<const State<S>*, kMostStages> stages_taken_{};
};

}  // namespace invar::odeint_pair
