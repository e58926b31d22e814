// What a stepper knows of a model: the vector field F(θ) = −∇C(θ) of the gradient flow θ' = F(θ), and its derivative
// J = ∂F/∂θ = −∇²C as a product with a vector. The field counts its evaluations itself, so that a budget and a table
// mean the same thing for every method. `t` reaches the field for the sake of methods' tests on non-autonomous
// problems; training has no use for it.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "archive.h"

namespace invar {

template <class S>
using State = Eigen::Matrix<S, Eigen::Dynamic, 1>;

/// Keeps θ on a device.
template <class S>
class ResidentField {
 public:
  virtual ~ResidentField() = default;
  virtual void place(const State<S>& theta) = 0;
  /// θ' = θ + τ k, k = F(θ): ‖θ'‖.
  virtual double step(S tau) = 0;
  /// Of the last step, as long as the field is asked for nothing else.
  virtual void fetch(State<S>& before, State<S>& after, State<S>& k) = 0;
};

template <class S>
class VectorField {
 public:
  VectorField() = default;
  VectorField(const VectorField&) = delete;  // a copy would count on its own
  VectorField& operator=(const VectorField&) = delete;
  virtual ~VectorField() = default;

  virtual Eigen::Index size() const = 0;

  /// derivative = F(theta). `derivative` has the field's size already.
  void evaluate(const State<S>& theta, double t, State<S>& derivative) {
    ++evaluations_;
    last_ = &derivative;
    do_evaluate(theta, t, derivative);
  }

  /// out = J v at theta. `out` has the field's size already.
  void hessian_product(const State<S>& theta, const State<S>& v, State<S>& out) {
    ++hessian_products_;
    do_hessian_product(theta, v, out);
  }

  /// Where Euler's steps of this field can be taken with θ on a device, from one step to the next; else null.
  virtual ResidentField<S>* resident() { return nullptr; }
  /// θ' = θ + τ F(θ) there: an evaluation like others. ‖θ'‖.
  double step_resident(S tau) {
    ++evaluations_;
    last_ = nullptr;
    return resident()->step(tau);
  }

  /// Called once before each step, never before a repeated attempt: stochastic gradients draw their mini-batch here.
  virtual void begin_step() {}

  /// Lists what later evaluations depend on besides θ and t: the state of random generators. Not the counters: Progress
  /// has those of the whole run, and a field that goes on may begin at 0.
  virtual void archive(Archive&) {}

  /// Of the format that F is computed in, relative: what a difference of two evaluations is uncertain by.
  virtual double rounding() const { return static_cast<double>(std::numeric_limits<S>::epsilon()); }

  /// C at the last evaluation.
  virtual double cost() const = 0;
  /// Whether the last evaluation filled this very vector: then cost() belongs to it.
  bool cost_is_of(const State<S>& derivative) const { return last_ == &derivative; }

  std::int64_t evaluations() const { return evaluations_; }
  std::int64_t hessian_products() const { return hessian_products_; }
  /// Work in gradients: a Hessian-vector product costs about two.
  std::int64_t gradients() const { return evaluations_ + 2 * hessian_products_; }

 private:
  virtual void do_evaluate(const State<S>& theta, double t, State<S>& derivative) = 0;
  virtual void do_hessian_product(const State<S>&, const State<S>&, State<S>&) {
    throw std::logic_error("this vector field has no Hessian-vector product");
  }

  std::int64_t evaluations_ = 0;
  std::int64_t hessian_products_ = 0;
  const State<S>* last_ = nullptr;
};

}  // namespace invar
