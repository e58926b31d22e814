// A stepper of Boost.Odeint without error control as a Method: step sizes from a schedule, as for gradient descent, but
// several evaluations a step of a field that must not change meanwhile, so for flows and not for mini-batches. Internal
// to the files that name a stepper.
#pragma once

#include <array>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
// Only the resizing; see odeint_pair.h.
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <functional>
#include <optional>
#include <stdexcept>

#include "integrators/registry.h"

namespace invar {

/// `stages`: of the tableau, which are the step's evaluations in their order; 0 for a method without tableau.
template <class Stepper, class S, std::size_t stages>
class OdeintFixed final : public Method<S> {
  static_assert(boost::numeric::odeint::is_resizeable<State<S>>::value, "Odeint would leave its Eigen vectors empty");

 public:
  OdeintFixed(const MethodOptions& options, const Tableau* tableau) : schedule_(options.schedule), tableau_(tableau) {
    if (schedule_ == nullptr || schedule_->format() != kStepFormat<S>) {
      throw std::logic_error("a method with prescribed steps needs a schedule in the format of its parameters");
    }
  }

  void start(VectorField<S>& field, const State<S>& theta, double t) override {
    field_ = &field;
    t_start_ = t;
    times_.emplace(*schedule_);
    before_.resize(theta.size());
    // Odeint's buffers are sized once: a new stepper for each run.
    stepper_.emplace();
    this->step_ = {};
    this->counters_ = {};
  }

  Advance advance(State<S>& theta, double& t, double) override {
    before_ = theta;
    const S tau = static_cast<S>(times_->step_size());
    std::size_t stage = 0;
    // Time inside a step is counted from its start, in S; the run's time is double.
    auto tap = [this, t, &stage](const State<S>& at, State<S>& derivative, S since) {
      field_->evaluate(at, t + static_cast<double>(since), derivative);
      if (stage < stages) stages_taken_[stage++] = &derivative;
    };
    stepper_->do_step(std::ref(tap), before_, S(0), theta, tau);
    times_->next();
    const double t_after = t_start_ + times_->time();
    this->step_ = {this->counters_.accepted, t, t_after, tau, &before_, &theta, tableau_, stages_taken_};
    ++this->counters_.accepted;
    t = t_after;
    return {};
  }

 private:
  const Schedule* schedule_;
  const Tableau* tableau_;
  std::optional<StepTimes> times_;
  std::optional<Stepper> stepper_;
  VectorField<S>* field_ = nullptr;
  double t_start_ = 0.0;
  State<S> before_;
  std::array<const State<S>*, stages> stages_taken_{};
};

}  // namespace invar
