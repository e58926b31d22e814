// Gauss–Legendre methods with error control: orders 2 (the implicit midpoint rule), 4 and 6, A-stable, and every
// quadratic law is kept to rounding, whatever the tolerance.
//
// The error estimate is the collocation polynomial's defect at both ends, F(θ) − u'(t) and F(θ') − u'(t'), which have
// the leading terms M(0) and M(1) = (−1)^s M(0) times τ^s y^(s+1): their part of that parity, τγ-scaled and filtered by
// (I − γτJ)^(−1) as the estimate of RADAU5 (Hairer & Wanner, Solving ODEs II, IV.8), is of order τ^(s+1). It estimates
// an embedded solution of order s; the error of the solution that is continued falls faster than the tolerance, as its
// power 2s / (s + 1). F(θ') is the next step's F(θ).
#include <cmath>

#include "integrators/registry.h"
#include "integrators/stage_equations.h"
#include "integrators/step_control.h"

namespace invar {
namespace {

template <class S>
class Gauss final : public Method<S> {
  // As in odeint_pair.h.
  static constexpr double kShortestStep = 16.0;
  static constexpr double kStretch = 1.01;

 public:
  Gauss(const MethodOptions& options, int stages)
      : method_(gauss_collocation<S>(stages)),
        norm_(options.norm, options.rtol, options.atol, options.tensor_begin),
        control_(stages + 1),
        first_step_(options.first_step),
        equations_(method_) {}

  void start(VectorField<S>& field, const State<S>& theta, double) override {
    field_ = &field;
    for (State<S>* state : {&before_, &first_, &last_, &error_}) state->resize(theta.size());
    equations_.start(theta.size());
    started_ = moved_ = false;
    this->step_ = {};
    this->counters_ = {};
  }

  void moved() override { moved_ = true; }

  Advance advance(State<S>& theta, double& t, double t_limit) override {
    if (!started_) {
      field_->evaluate(theta, t, last_);
      if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite at the start");
      control_.reset(first_step_ > 0.0 ? first_step_
                                       : first_step(*field_, theta, t, last_, norm_, method_.stages() + 1, t_limit - t,
                                                    before_, error_));
      started_ = true;
    } else if (this->step_.before != nullptr) {
      equations_.keep();
      this->step_ = {};
    }
    if (moved_) {
      field_->evaluate(theta, t, last_);
      if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite where θ was moved");
      moved_ = false;
    }
    before_ = theta;
    first_.swap(last_);  // F(θ), known from the step before
    const StepCounters at_entry = this->counters_;
    for (std::int64_t unsolved = 0;;) {
      const double remaining = t_limit - t;
      const double wanted = control_.step();
      const bool reaches = kStretch * wanted >= remaining;
      const S tau = static_cast<S>(reaches ? remaining : wanted);
      // Not "below": NaN is no step either.
      if (!(wanted >=
            kShortestStep * std::numeric_limits<double>::epsilon() * std::max(std::abs(t), std::abs(t_limit)))) {
        theta = before_;
        first_.swap(last_);
        return Advance::failed(End::stalled, stalled_text(wanted, at_entry, unsolved));
      }
      const auto tried = static_cast<double>(tau);
      const Solved solved = attempt(theta, t, tried);
      if (solved == Solved::yes) {
        const double error = norm_(estimate(tried), before_, theta);
        if (error <= 1.0) {
          control_.accept(tried, error, reaches && wanted > remaining);
          const double t_after = reaches ? t_limit : t + tried;
          this->step_ = {this->counters_.accepted, t, t_after, tau, &before_, &theta, &method_.tableau,
                         equations_.slopes()};
          ++this->counters_.accepted;
          t = t_after;
          return {};
        }
        control_.reject(tried, error);
        if (!std::isfinite(error)) ++this->counters_.rejected_nonfinite;
      } else if (solved == Solved::not_finite) {
        control_.reject(tried, std::numeric_limits<double>::infinity());
        ++this->counters_.rejected_nonfinite;
      } else {
        control_.halve(tried);
        ++unsolved;
      }
      ++this->counters_.rejected;
    }
  }

 private:
  /// One try; θ' into `after`, F(θ') into last_.
  Solved attempt(State<S>& after, double t, double tau) {
    const Solved solved = equations_.solve(*field_, before_, first_, t, tau);
    if (solved != Solved::yes) return solved;
    after = before_;
    for (std::size_t i = 0; i < equations_.slopes().size(); ++i)
      after += static_cast<S>(tau * method_.tableau.b[i]) * *equations_.slopes()[i];
    field_->evaluate(after, t + tau, last_);
    return last_.allFinite() ? Solved::yes : Solved::not_finite;
  }

  const State<S>& estimate(double tau) {
    const double sign = method_.stages() % 2 == 0 ? 1.0 : -1.0;
    error_ = last_ + static_cast<S>(sign) * first_;
    for (Eigen::Index i = 0; i < method_.stages(); ++i)
      error_ -= static_cast<S>(method_.at_end(i) + sign * method_.at_start(i)) *
                *equations_.slopes()[static_cast<std::size_t>(i)];
    error_ *= static_cast<S>(0.5 * tau * method_.filter);
    equations_.filter(tau * method_.filter, error_);
    return error_;
  }

  std::string stalled_text(double wanted, const StepCounters& at_entry, std::int64_t unsolved) const {
    const auto rejected = this->counters_.rejected - at_entry.rejected;
    const auto nonfinite = this->counters_.rejected_nonfinite - at_entry.rejected_nonfinite;
    std::string text =
        "the step fell to " + number_text(wanted) + " after " + std::to_string(rejected) + " rejected attempts";
    if (nonfinite > 0) {
      return text + ", " + std::to_string(nonfinite) +
             " of them not finite: the vector field has no finite values here";
    }
    if (unsolved > 0) {
      return text + ", " + std::to_string(unsolved) +
             " of them without a solution of the stage equations: the vector field jumps here; use an explicit method";
    }
    return text + ": the vector field jumps or grows without bound here, or the tolerance is below its rounding";
  }

  const Collocation& method_;
  ErrorNorm norm_;
  StepControl control_;
  double first_step_;
  StageEquations<S> equations_;
  VectorField<S>* field_ = nullptr;
  State<S> before_, first_, last_, error_;  // θ, F(θ), F(θ')
  bool started_ = false, moved_ = false;
};

}  // namespace

template <class S>
MadeMethod<S> make_implicit_midpoint(const MethodOptions& options) {
  return std::make_unique<Gauss<S>>(options, 1);
}
template <class S>
MadeMethod<S> make_gauss4(const MethodOptions& options) {
  return std::make_unique<Gauss<S>>(options, 2);
}
template <class S>
MadeMethod<S> make_gauss6(const MethodOptions& options) {
  return std::make_unique<Gauss<S>>(options, 3);
}

template MadeMethod<float> make_implicit_midpoint<float>(const MethodOptions&);
template MadeMethod<double> make_implicit_midpoint<double>(const MethodOptions&);
template MadeMethod<float> make_gauss4<float>(const MethodOptions&);
template MadeMethod<double> make_gauss4<double>(const MethodOptions&);
template MadeMethod<float> make_gauss6<float>(const MethodOptions&);
template MadeMethod<double> make_gauss6<double>(const MethodOptions&);

}  // namespace invar
