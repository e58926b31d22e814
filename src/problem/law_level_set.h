// The level set of all laws of a problem that are forms, for projection onto it.
#pragma once

#include <vector>

#include "integrators/projection.h"
#include "law/evaluate.h"

namespace invar {

template <class S>
class LawLevelSet final : public LevelSet<S> {
 public:
  /// Takes the laws among the forms; controls and claims are none. The forms must outlive it.
  explicit LawLevelSet(const std::vector<LawForm>& forms, Eigen::Index parameters);

  Eigen::Index size() const override { return size_; }
  void start(const State<S>& theta) override;
  void residual(const State<S>& theta, Eigen::VectorXd& g) override;
  void derivative(const State<S>& theta, const State<S>& v, Eigen::VectorXd& out) override;
  void transposed(const State<S>& theta, const Eigen::VectorXd& lambda, State<S>& out) override;

 private:
  void value(const State<S>& theta);

  std::vector<Evaluator> laws_;
  Eigen::Index size_ = 0;
  std::vector<double> theta_, v_, sum_;
  // One a component: h(θ_0), h(θ) as hi + lo; 1 / Σ |h's terms at θ_0|.
  std::vector<double> start_, start_low_, value_, value_low_, unit_;
};

}  // namespace invar
