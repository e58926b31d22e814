// The loop over attempts; see the header.
#include "integrators/adaptive_method.h"

#include <algorithm>
#include <cmath>

namespace invar {
namespace {

// A limit this close is reached in one step: the remainder would be a sliver (as in DOPRI5).
constexpr double kStretch = 1.01;

std::string stalled_text(double wanted, const StepCounters& counters, const StepCounters& at_entry,
                         std::int64_t unsolved) {
  const auto rejected = counters.rejected - at_entry.rejected;
  const auto nonfinite = counters.rejected_nonfinite - at_entry.rejected_nonfinite;
  std::string text = "the step fell to " + number_text(wanted) + " after " + counted(rejected, "rejected attempt");
  if (nonfinite > 0) {
    return text + ", " + std::to_string(nonfinite) + " of them not finite: the vector field has no finite values here";
  }
  if (unsolved > 0) {
    return text + ", " + std::to_string(unsolved) +
           " of them without a solution of the stage equations: the vector field jumps here; use an explicit method";
  }
  return text + ": the vector field jumps or grows without bound here, or the tolerance is below its rounding";
}

}  // namespace

template <class S>
AdaptiveMethod<S>::AdaptiveMethod(const MethodOptions& options)
    : norm_(options.norm, options.rtol, options.atol, options.tensor_begin),
      watch_(options.stability_every, options.stability_patience),
      given_first_step_(options.first_step) {}

template <class S>
void AdaptiveMethod<S>::start(VectorField<S>& field, const State<S>& theta, double) {
  field_ = &field;
  for (State<S>* buffer : {&before_, &first_, &last_}) buffer->resize(theta.size());
  started_ = moved_ = false;
  watch_.start(theta.size());
  this->step_ = {};
  this->counters_ = {};
  prepare(theta.size());
}

template <class S>
Advance AdaptiveMethod<S>::advance(State<S>& theta, double& t, double t_limit) {
  if (!started_) {
    field_->evaluate(theta, t, last_);
    if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite at the start");
    choose_first_step(theta, t, t_limit - t);
    started_ = true;
  }
  if (moved_) {
    field_->evaluate(theta, t, last_);
    if (!last_.allFinite()) return Advance::failed(End::diverged, "the vector field is not finite where θ was moved");
    moved_ = false;
  }
  begin_step(theta, t);
  before_ = theta;
  first_.swap(last_);  // F(θ), known from the step before
  const StepCounters at_entry = this->counters_;
  for (std::int64_t unsolved = 0;;) {
    const double remaining = t_limit - t;
    const double wanted = working_step();
    // Not "below": NaN is no step either.
    if (!(wanted >= shortest_step(t, t_limit))) {
      theta = before_;
      first_.swap(last_);
      return Advance::failed(End::stalled, stalled_text(wanted, this->counters_, at_entry, unsolved));
    }
    const bool reaches = kStretch * wanted >= remaining;
    Attempt tried{t, static_cast<S>(reaches ? remaining : wanted), reaches && wanted > remaining};
    attempt(theta, tried);
    if (tried.error <= 1.0) {
      const double t_after = reaches ? t_limit : t + static_cast<double>(tried.tau);
      this->step_ = {
          this->counters_.accepted, t, t_after, tried.tau, &before_, &theta, tableau_, stages_, &last_, curvature_};
      this->step_.stiffness = watch_.see(this->step_);
      ++this->counters_.accepted;
      t = t_after;
      return {};
    }
    ++this->counters_.rejected;
    if (tried.unsolved) ++unsolved;
    if (!std::isfinite(tried.error)) ++this->counters_.rejected_nonfinite;
  }
}

template <class S>
void AdaptiveMethod<S>::archive(Archive& archive) {
  Method<S>::archive(archive);
  archive("started", started_);
  archive("moved", moved_);
  if (started_) archive("derivative", last_);
  archive("stiffness", watch_);
}

// Shorter than a step that was good: a larger estimate of its error is an accident of the estimate, not of the step.
template <class S>
bool AdaptiveMethod<S>::retake(State<S>& theta, double& t, double t_to) {
  const double t_before = this->step_.t;
  Attempt tried{t_before, static_cast<S>(t_to - t_before), true};
  attempt(theta, tried);
  if (!theta.allFinite() || !std::isfinite(tried.error)) return false;
  const bool good = tried.error <= 1.0;  // else F(θ') may not have been evaluated
  const Stiffness* stiffness = this->step_.stiffness;
  this->step_ = {this->step_.index,       t_before,   t_to,     tried.tau, &before_, &theta, tableau_, stages_,
                 good ? &last_ : nullptr, curvature_, stiffness};
  moved_ = !good;
  t = t_to;
  return true;
}

template class AdaptiveMethod<float>;
template class AdaptiveMethod<double>;

}  // namespace invar
