// The prediction of `train`: the drift that SGD is expected to make along a run's own path, batches drawn anew at every
// step,
//   P = Σ_k τ_k² E h₂(g_B(θ_k)),
// g_B being the gradient of a random batch. (`drift` follows the flow instead, which a training does not have.) The sum
// over the n steps from one row to the next is estimated from m probes, one in each m-th part of them, at a step
// k_p = ⌊n (p + U)/m⌋, U uniform in [0, 1), and there with a batch of its own, which the run does not take:
//   P̂ = n/m Σ_p x_p,  x_p = τ_{k_p}² h₂(g_{B_p}(θ_{k_p})),  error² = n²/m · s²,
// s² the sample variance of the x_p (m − 1 in its denominator). P̂ is unbiased, whatever happens between the rows. The
// error is that of probes drawn anywhere, so too large where E h₂ changes between rows; of probes that were indeed
// drawn anywhere, two of a steep stretch would now and then lie side by side, and the error be far too small. Batches
// that are cut from one permutation balance, which makes it too large as well.
//
// Few probes do not see a spike, a step that by itself makes much of the drift, and then the error knows nothing of it.
// To measure only what the batches differ in, h₂ of a probe less that of the step's own batch, would be nearer to the
// drift; but a prediction that has the drift in it is none.
//
// What lost: a trapezoidal rule over the rows misses what h₂ does between them; halves of the steps' own batches cost
// another gradient's memory and reductions at every step, to give in the mean the step part itself.
//
// The cost is m gradients a row.
#pragma once

#include <vector>

#include "backend/objective.h"
#include "data/sampling.h"
#include "job/run_setup.h"
#include "law/evaluate.h"

namespace invar {

/// `G`: format in which gradients are computed.
template <class G>
class ExpectedDrift {
 public:
  /// Of a run with mini-batches; `probes` ≥ 1 a stretch. The objective is the run's own.
  ExpectedDrift(const UnitSetup& unit, std::size_t run, Objective<G>& objective, std::int64_t probes);

  /// Every step, in order: its number and size, and θ where it began.
  template <class S>
  void step(std::int64_t index, double tau, const S* theta) {
    if (index >= end_) begin(index);
    for (; next_ < chosen_.size() && chosen_[next_] == index; ++next_) {
      point_.assign(theta, theta + point_.size());
      probe(tau);
    }
  }
  /// Whether step() will look at θ.
  bool probes_at(std::int64_t index) {
    if (index >= end_) begin(index);
    return next_ < chosen_.size() && chosen_[next_] == index;
  }
  /// At a planned row: closes the stretch.
  void row();

  /// Σ over the stretches closed, one a component of the forms; and its standard error, NaN with one probe a stretch.
  const std::vector<double>& value() const { return value_; }
  std::vector<double> error() const;

  /// At a planned row.
  void archive(Archive& archive);

 private:
  void begin(std::int64_t step);
  void probe(double tau);

  const RunSetup& setup_;
  Objective<G>& objective_;
  data::BatchSampler sampler_;
  std::vector<Evaluator> evaluators_;
  std::size_t probes_;

  std::int64_t begin_ = 0, end_ = 0;  // the stretch's first step, and that behind its last
  std::vector<std::int64_t> chosen_;  // ascending, of the stretch
  std::size_t next_ = 0;              // in chosen_
  std::vector<double> samples_;       // x_p [probe, component] of the stretch

  std::vector<G> point_, gradient_;
  std::vector<double> wide_, low_;
  std::vector<double> value_, variance_;
};

extern template class ExpectedDrift<float>;
extern template class ExpectedDrift<double>;

}  // namespace invar
