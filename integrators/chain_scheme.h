// The step of a combined chain (combined_chain.h), for stabilised.h. A family gives kErrorOrder, kLeastStages,
// kRounding, kCorrected, interval(s), stages(z) and coefficients(s). Internal to the files that name a family.
#pragma once

#include "integrators/combined_chain.h"
#include "integrators/stabilised.h"

namespace invar::stabilised {

template <class Family, class S>
class ChainScheme : public Family {
 public:
  static constexpr int kMostStages = StabilityPolynomial::kMostStages;
  static constexpr int kMoreStages = Family::kCorrected ? 1 : 0;

  void start(Eigen::Index size, int most) {
    for (State<S>* vector : {&d_, &older_, &stage_, &sum_, &estimate_}) vector->resize(size);
    if constexpr (Family::kCorrected) between_.resize(size), defect_.resize(size);
    chain_.reserve(static_cast<std::size_t>(most) + 1);
  }

  void attempt(VectorField<S>& field, double t, S tau, int s, const State<S>& before, const State<S>& first,
               StageStore<S>& stages, State<S>& after) {
    const CombinedChain& c = Family::coefficients(s);
    if (static_cast<int>(chain_.size()) != s + 1) {
      chain_.resize(static_cast<std::size_t>(s) + 1);
      chebyshev_chain(c.shape, chain_);
    }
    d_ = (tau * static_cast<S>(chain_[1].own)) * first;
    stage_ = before + d_;
    older_.setZero();
    sum_ = static_cast<S>(c.combine[1]) * d_;
    estimate_.setZero();
    auto weight = c.estimate.begin();
    const auto add_to_estimate = [&](int j) {
      if (weight != c.estimate.end() && weight->stage == j) estimate_ += static_cast<S>((weight++)->weight) * d_;
    };
    add_to_estimate(1);
    for (int j = 2; j <= s; ++j) {
      const auto at = static_cast<std::size_t>(j);
      if constexpr (Family::kCorrected)
        if (j == c.correction.last + 1) evaluate_between(field, t, tau, c.correction, before, first, stages);
      const int more = Family::kCorrected && j > c.correction.last ? 1 : 0;
      State<S>& k = stages(j - 1 + more);
      field.evaluate(stage_, t + chain_[at - 1].time * static_cast<double>(tau), k);
      if constexpr (Family::kCorrected) gather(c.correction, j - 1, k);
      advance_chain(chain_[at], tau, before, first, k, d_, older_, stage_);
      if (more > 0) {
        older_ += (tau * static_cast<S>(c.correction.inject[at])) * defect_;
        stage_ = before + older_;
      }
      d_.swap(older_);
      sum_ += static_cast<S>(c.combine[at]) * d_;
      add_to_estimate(j);
    }
    after = before + sum_;
  }

  const State<S>& estimate(S, const State<S>&, const State<S>&, const State<S>&, const State<S>&) { return estimate_; }

  const Tableau& tableau() {
    const auto s = static_cast<int>(chain_.size()) - 1;
    if (terms_ != s) {
      const CombinedChain& c = Family::coefficients(s);
      tableau_ = chain_tableau<S>(chain_, c.combine, c.correction);
      terms_ = s;
    }
    return tableau_;
  }

 private:
  /// g's share of F(Y_stage).
  void gather(const ChainCorrection& correction, int stage, const State<S>& k) {
    if (stage == correction.node) {
      const S weight = static_cast<S>(correction.at_node);
      between_ = weight * d_;
      defect_ = -weight * k;
    }
    if (stage == correction.last) defect_ -= static_cast<S>(correction.at_last) * k;
  }

  void evaluate_between(VectorField<S>& field, double t, S tau, const ChainCorrection& correction,
                        const State<S>& before, const State<S>& first, StageStore<S>& stages) {
    const S at_node = static_cast<S>(correction.at_node), at_last = static_cast<S>(correction.at_last);
    between_ = before + (between_ + at_last * d_);
    State<S>& k = stages(correction.last);
    field.evaluate(between_, t + correction.time(chain_) * static_cast<double>(tau), k);
    defect_ += k + (at_node + at_last - S(1)) * first;
  }

  std::vector<ChainTerm> chain_;
  Tableau tableau_;
  int terms_ = 0;  // of the tableau
  State<S> d_, older_, stage_, sum_, estimate_, between_, defect_;
};

}  // namespace invar::stabilised
