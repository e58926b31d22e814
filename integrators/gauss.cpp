// Gauss–Legendre methods with error control: orders 2 (the implicit midpoint rule), 4 and 6, A-stable, and every
// quadratic law is kept to rounding, whatever the tolerance.
//
// The error estimate is the collocation polynomial's defect at both ends, F(θ) − u'(t) and F(θ') − u'(t'), which have
// the leading terms M(0) and M(1) = (−1)^s M(0) times τ^s y^(s+1): their part of that parity, τγ-scaled and filtered by
// (I − γτJ)^(−1) as the estimate of RADAU5 (Hairer & Wanner, Solving ODEs II, IV.8), is of order τ^(s+1). It estimates
// an embedded solution of order s; the error of the solution that is continued falls faster than the tolerance, as its
// power 2s / (s + 1). F(θ') is the next step's F(θ).
#include <limits>

#include "integrators/adaptive_method.h"
#include "integrators/registry.h"
#include "integrators/stage_equations.h"
#include "integrators/step_control.h"

namespace invar {
namespace {

template <class S>
class Gauss final : public AdaptiveMethod<S> {
  using Attempt = typename AdaptiveMethod<S>::Attempt;

 public:
  Gauss(const MethodOptions& options, int stages)
      : AdaptiveMethod<S>(options),
        method_(gauss_collocation<S>(stages)),
        control_(stages + 1, options.control),
        equations_(method_) {
    this->tableau_ = &method_.tableau;
    this->stages_ = equations_.slopes();
  }

  void archive(Archive& archive) override {
    keep_accepted();
    AdaptiveMethod<S>::archive(archive);
    archive("control", control_);
    archive("equations", equations_);
  }

 private:
  void prepare(Eigen::Index size) override {
    error_.resize(size);
    equations_.start(size);
    accepted_ = false;
  }

  void choose_first_step(const State<S>& theta, double t, double longest) override {
    control_.reset(this->first_step_size(theta, t, longest, static_cast<int>(method_.stages()) + 1));
  }

  double working_step() const override { return control_.step(); }

  void begin_step(const State<S>&, double) override { keep_accepted(); }

  /// Not earlier: the last step's view shows its stages.
  void keep_accepted() {
    if (accepted_) equations_.keep();
    accepted_ = false;
  }

  void attempt(State<S>& after, Attempt& attempt) override {
    const auto tau = static_cast<double>(attempt.tau);
    const Solved solved = solve(after, attempt.t, tau);
    if (solved != Solved::yes && solved != Solved::not_finite) {
      attempt.error = 2.0;
      attempt.unsolved = true;
      return control_.halve(tau);
    }
    attempt.error = solved == Solved::yes ? this->norm_(estimate(tau), this->before_, after)
                                          : std::numeric_limits<double>::infinity();
    accepted_ = attempt.error <= 1.0;
    if (accepted_)
      control_.accept(tau, attempt.error, attempt.clipped);
    else
      control_.reject(tau, attempt.error);
  }

  /// θ' into `after`, F(θ') into last_.
  Solved solve(State<S>& after, double t, double tau) {
    const Solved solved = equations_.solve(this->field(), this->before_, this->first_, t, tau);
    if (solved != Solved::yes) return solved;
    after = this->before_;
    for (std::size_t i = 0; i < equations_.slopes().size(); ++i)
      after += static_cast<S>(tau * method_.tableau.b[i]) * *equations_.slopes()[i];
    this->field().evaluate(after, t + tau, this->last_);
    return this->last_.allFinite() ? Solved::yes : Solved::not_finite;
  }

  const State<S>& estimate(double tau) {
    const double sign = method_.stages() % 2 == 0 ? 1.0 : -1.0;
    error_ = this->last_ + static_cast<S>(sign) * this->first_;
    for (Eigen::Index i = 0; i < method_.stages(); ++i)
      error_ -= static_cast<S>(method_.at_end(i) + sign * method_.at_start(i)) *
                *equations_.slopes()[static_cast<std::size_t>(i)];
    error_ *= static_cast<S>(0.5 * tau * method_.filter);
    equations_.filter(tau * method_.filter, error_);
    return error_;
  }

  const Collocation& method_;
  StepControl control_;
  StageEquations<S> equations_;
  State<S> error_;
  bool accepted_ = false;  // the last attempt
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
