#include "integrators/projection.h"

#include <cmath>
#include <limits>

namespace invar {
namespace {

// Of g. Two Newton steps do where the drift of a step is small; the rest is for loose tolerances.
constexpr int kMostNewton = 8;
constexpr int kMostConjugate = 200;
// A linear solution to less: Newton's next step corrects it.
constexpr double kForcing = 1e-3;
// In roundings; θ itself is rounded, in each of h's terms.
constexpr double kOnIt = 2.0;

}  // namespace

template <class S>
void Projected<S>::start(VectorField<S>& field, const State<S>& theta, double t) {
  method_->start(field, theta, t);
  start_ = theta;
  set_.start(start_);
  move_.resize(theta.size());
  trial_.resize(theta.size());
  for (Eigen::VectorXd* vector : {&g_, &lambda_, &rest_, &direction_, &product_}) vector->resize(set_.size());
  this->step_ = {};
  this->counters_ = {};
}

template <class S>
Advance Projected<S>::advance(State<S>& theta, double& t, double t_limit) {
  const Advance advance = method_->advance(theta, t, t_limit);
  this->counters_ = method_->counters();
  if (!advance.accepted) return advance;
  show_projected(theta);
  return advance;
}

template <class S>
void Projected<S>::archive(Archive& archive) {
  Method<S>::archive(archive);
  archive("start", start_);
  if (archive.loading()) set_.start(start_);
  archive("method", *method_);
}

template <class S>
bool Projected<S>::retake(State<S>& theta, double& t, double t_to) {
  if (!method_->retake(theta, t, t_to)) return false;
  show_projected(theta);
  return true;
}

/// The method's step with its end moved to the level set.
template <class S>
void Projected<S>::show_projected(State<S>& theta) {
  this->step_ = method_->last_step();
  if (!hold(theta)) return;
  method_->moved();
  this->step_.tableau = nullptr;
  this->step_.stages = {};
  this->step_.derivative = nullptr;
}

/// θ to the nearest point; false: it was there, or no Newton step brought it nearer.
template <class S>
bool Projected<S>::hold(State<S>& theta) {
  if (set_.size() == 0) return false;
  constexpr double kGoal = kOnIt * std::numeric_limits<S>::epsilon();
  set_.residual(theta, g_);
  bool moved = false;
  for (int i = 0; i < kMostNewton; ++i) {
    const double before = g_.template lpNorm<Eigen::Infinity>();
    if (!(before > kGoal) || !std::isfinite(before)) break;
    nearest(theta);
    trial_ = theta - move_;
    set_.residual(trial_, g_);
    if (!(g_.template lpNorm<Eigen::Infinity>() < 0.5 * before)) break;  // the rounding of θ, or too far away
    theta.swap(trial_);
    moved = true;
  }
  return moved;
}

/// move_ = Jᵀλ with JJᵀλ = g, by conjugate gradients from 0.
template <class S>
void Projected<S>::nearest(const State<S>& theta) {
  lambda_.setZero();
  rest_ = g_;
  direction_ = g_;
  double square = rest_.squaredNorm();
  const double goal = kForcing * kForcing * square;
  for (int i = 0; i < kMostConjugate && square > goal; ++i) {
    set_.transposed(theta, direction_, move_);
    set_.derivative(theta, move_, product_);
    const double curvature = direction_.dot(product_);
    if (!(curvature > 0.0)) break;  // g has a part that no move changes
    const double length = square / curvature;
    lambda_ += length * direction_;
    rest_ -= length * product_;
    const double next = rest_.squaredNorm();
    direction_ = rest_ + next / square * direction_;
    square = next;
  }
  set_.transposed(theta, lambda_, move_);
}

template class Projected<float>;
template class Projected<double>;

}  // namespace invar
