// A stepper of Boost.Odeint without error control as a Method: step sizes from a schedule, as for gradient descent, but
// several evaluations a step of a field that must not change meanwhile, so for flows and not for mini-batches. Internal
// to the files that name a stepper.
#pragma once

#include <algorithm>
#include <array>
#include <boost/numeric/odeint/algebra/vector_space_algebra.hpp>
// Only the resizing; see odeint_pair.h.
#include <boost/numeric/odeint/external/eigen/eigen_resize.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "integrators/registry.h"

namespace invar {

/// `stages`: of the tableau, which are the step's evaluations in their order; 0 for a method without tableau. `memory`:
/// the number of earlier steps whose F(θ), a step's first evaluation, the stepper remembers, in the buffers that it
/// had them evaluated into.
template <class Stepper, class S, std::size_t stages, std::size_t memory = 0>
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
    std::size_t evaluation = 0;
    // Time inside a step is counted from its start, in S; the run's time is double.
    auto tap = [this, t, &evaluation](const State<S>& at, State<S>& derivative, S since) {
      field_->evaluate(at, t + static_cast<double>(since), derivative);
      if (evaluation == 0) remember(derivative);
      if (evaluation < stages) stages_taken_[evaluation] = &derivative;
      ++evaluation;
    };
    stepper_->do_step(std::ref(tap), before_, S(0), theta, tau);
    times_->next();
    const double t_after = t_start_ + times_->time();
    this->step_ = {this->counters_.accepted, t, t_after, tau, &before_, &theta, tableau_, stages_taken_};
    ++this->counters_.accepted;
    t = t_after;
    return {};
  }

  void archive(Archive& archive) override {
    Method<S>::archive(archive);
    archive("t_start", t_start_);
    archive("times", *times_);
    const auto known = std::min<std::int64_t>(memory, this->counters_.accepted);
    for (std::int64_t back = known; back > 0; --back) {
      const std::string name = "derivative" + std::to_string(back);
      if (archive.loading())
        replay(archive, name);
      else
        archive(name, *remembered_[static_cast<std::size_t>(back) - 1]);
    }
  }

 private:
  void remember(State<S>& derivative) {
    if constexpr (memory > 0) {
      std::copy_backward(remembered_.begin(), remembered_.end() - 1, remembered_.end());
      remembered_.front() = &derivative;
    }
  }

  /// Odeint's buffers of earlier steps cannot be written; so a new stepper takes steps, to nowhere, whose F(θ) is the
  /// archive's.
  void replay(Archive& archive, const std::string& name) {
    bool first = true;
    auto system = [&](const State<S>&, State<S>& derivative, S) {
      if (first) {
        archive(name, derivative);
        remember(derivative);
      } else {
        derivative.setZero();
      }
      first = false;
    };
    State<S> nowhere = before_;
    stepper_->do_step(std::ref(system), before_, S(0), nowhere, S(0));
  }

  const Schedule* schedule_;
  const Tableau* tableau_;
  std::optional<StepTimes> times_;
  std::optional<Stepper> stepper_;
  VectorField<S>* field_ = nullptr;
  double t_start_ = 0.0;
  State<S> before_;
  std::array<const State<S>*, stages> stages_taken_{};
  std::array<State<S>*, memory> remembered_{};  // the last step's first
};

}  // namespace invar
