// Projection onto a level set after each step (Hairer, Lubich & Wanner, Geometric Numerical Integration, IV.4), for any
// method: after an accepted step θ' is moved to the nearest point of {h = h(θ_0)}. Newton on g(θ' − Jᵀλ) = 0, J =
// ∂h/∂θ, with JJᵀλ = g solved by conjugate gradients: h may be redundant, for λ then is any solution and Jᵀλ is the
// only one. The step's own error estimate does not see the move, which is of the size of the error itself.
//
// A moved step is no Runge–Kutta step: its view shows no tableau and no stages, and a drift budget counts its whole
// change as the step's. A step that already lies on the level set is shown as it is.
#pragma once

#include <memory>
#include <utility>

#include "integrators/method.h"

namespace invar {

/// {θ : g(θ) = 0}, g = h(θ) − h(θ_0), each component in units of h's terms at θ_0, so that a rounding of θ is one of g.
template <class S>
class LevelSet {
 public:
  LevelSet() = default;
  LevelSet(const LevelSet&) = delete;
  LevelSet& operator=(const LevelSet&) = delete;
  virtual ~LevelSet() = default;

  /// Components of g.
  virtual Eigen::Index size() const = 0;
  /// θ_0.
  virtual void start(const State<S>& theta) = 0;
  /// g(θ); exact to well below S's rounding.
  virtual void residual(const State<S>& theta, Eigen::VectorXd& g) = 0;
  /// J v at θ.
  virtual void derivative(const State<S>& theta, const State<S>& v, Eigen::VectorXd& out) = 0;
  /// Jᵀ λ at θ.
  virtual void transposed(const State<S>& theta, const Eigen::VectorXd& lambda, State<S>& out) = 0;
};

template <class S>
class Projected final : public Method<S>, private Constraint<S> {
 public:
  /// The level set must outlive the method.
  Projected(std::unique_ptr<Method<S>> method, LevelSet<S>& set) : method_(std::move(method)), set_(set) {
    method_->constrain(*this);
  }

  void start(VectorField<S>& field, const State<S>& theta, double t) override;
  Advance advance(State<S>& theta, double& t, double t_limit) override;
  void moved() override { method_->moved(); }
  void checkpoint(const State<S>& theta, double t) override { method_->checkpoint(theta, t); }
  void archive(Archive& archive) override;
  bool retake(State<S>& theta, double& t, double t_to) override;

 private:
  void show_projected(State<S>& theta);
  bool hold(State<S>& theta) override;
  void nearest(const State<S>& theta);

  std::unique_ptr<Method<S>> method_;
  LevelSet<S>& set_;
  State<S> start_;         // θ_0
  State<S> move_, trial_;  // Jᵀλ
  Eigen::VectorXd g_, lambda_, rest_, direction_, product_;
};

extern template class Projected<float>;
extern template class Projected<double>;

}  // namespace invar
