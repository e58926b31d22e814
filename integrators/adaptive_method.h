// What every one-step method with error control shares: the first step's size, the limit in time that is reached
// exactly and never passed, attempts until one is good, the end where the step underflows, the step's view. A method
// adds one attempt of a step and the size of the next.
#pragma once

#include <string>

#include "integrators/registry.h"
#include "integrators/stiffness.h"

namespace invar {

template <class S>
class AdaptiveMethod : public Method<S> {
 public:
  explicit AdaptiveMethod(const MethodOptions& options);

  void start(VectorField<S>& field, const State<S>& theta, double t) final;
  Advance advance(State<S>& theta, double& t, double t_limit) final;
  bool retake(State<S>& theta, double& t, double t_to) final;
  void moved() final { moved_ = true; }
  void archive(Archive& archive) override = 0;

 protected:
  struct Attempt {
    double t = 0.0;
    S tau = S(0);
    bool clipped = false;   // cut short by the limit in time
    double error = 0.0;     // set by the attempt: ≤ 1 is good, not finite marks an attempt that is not finite
    bool unsolved = false;  // set by the attempt: no solution of an implicit method's equations was found
  };

  /// A new run of states of this size: buffers and memory.
  virtual void prepare(Eigen::Index size) = 0;
  /// The first working step at θ, F(θ) = last_; before_ and first_ are scratch.
  virtual void choose_first_step(const State<S>& theta, double t, double longest) = 0;
  virtual double working_step() const = 0;
  /// Once before each step, not before a repeated attempt: F(θ) is in last_.
  virtual void begin_step(const State<S>& /*theta*/, double /*t*/) {}
  /// One try from θ = before_ with F(θ) = first_: θ' into `after`, F(θ') into last_, the error, and the next working
  /// step. Only an attempt whose F(θ') is finite may be good.
  virtual void attempt(State<S>& after, Attempt& attempt) = 0;

  /// The size that the options give, or one chosen from the field; `order`: see StepControl.
  double first_step_size(const State<S>& theta, double t, double longest, int order) {
    return given_first_step_ > 0.0 ? given_first_step_
                                   : first_step(*field_, theta, t, last_, norm_, order, longest, before_, first_);
  }
  VectorField<S>& field() { return *field_; }

  ErrorNorm norm_;
  State<S> before_;
  State<S> first_;  // F(θ)
  State<S> last_;   // F(θ')
  // Of the step's view; null and empty without.
  const Tableau* tableau_ = nullptr;
  const Curvature* curvature_ = nullptr;
  std::span<const State<S>* const> stages_;
  StiffnessWatch<S> watch_;

 private:
  double given_first_step_;
  VectorField<S>* field_ = nullptr;
  bool started_ = false, moved_ = false;
};

}  // namespace invar
