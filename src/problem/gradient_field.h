// The vector field F(θ) = −∇C(θ) that integrators see, over the cost of a block on data: full batch or mini-batches,
// with parameters and gradients in one format or mixed (parameters double, gradients float).
#pragma once

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "backend/objective.h"
#include "data/sampling.h"
#include "integrators/vector_field.h"

namespace invar {

/// `S`: format of the parameters; `G`: format in which the gradient is computed.
template <class S, class G = S>
class GradientField : public VectorField<S>, private ResidentField<S> {
 public:
  /// The objective must outlive the field.
  explicit GradientField(Objective<G>& objective)
      : objective_(objective), theta_(cast_size()), direction_(cast_size()), out_(cast_size()) {}

  Eigen::Index size() const override { return objective_.size(); }
  double cost() const override { return cost_; }
  double rounding() const override { return objective_.epsilon(); }

  /// Euler's steps are taken on the objective's device from now on. Needs one, and one format.
  void stay_on_device() {
    if constexpr (std::is_same_v<S, G>) device_ = objective_.device();
    if (!device_) throw std::logic_error("no device takes these steps");
  }
  ResidentField<S>* resident() override { return device_ ? this : nullptr; }

 protected:
  /// Which samples the next evaluation takes; empty: all.
  std::span<const Index> batch_;

 private:
  // Mixed precision needs room for the casts; one format needs none.
  Eigen::Index cast_size() const { return std::is_same_v<S, G> ? 0 : objective_.size(); }

  G evaluate_into(const G* theta, G* gradient) {
    return batch_.empty() ? objective_.evaluate(theta, gradient) : objective_.evaluate(theta, batch_, gradient);
  }

  void do_evaluate(const State<S>& theta, double, State<S>& derivative) override {
    if constexpr (std::is_same_v<S, G>) {
      cost_ = static_cast<double>(evaluate_into(theta.data(), derivative.data()));
      derivative = -derivative;
    } else {
      theta_ = theta.template cast<G>();
      cost_ = static_cast<double>(evaluate_into(theta_.data(), out_.data()));
      derivative = -out_.template cast<S>();
    }
  }

  void do_hessian_product(const State<S>& theta, const State<S>& v, State<S>& out) override {
    if constexpr (std::is_same_v<S, G>) {
      objective_.hessian_product(theta.data(), v.data(), out.data());
      out = -out;
    } else {
      theta_ = theta.template cast<G>();
      direction_ = v.template cast<G>();
      objective_.hessian_product(theta_.data(), direction_.data(), out_.data());
      out = -out_.template cast<S>();
    }
  }

  void place(const State<S>& theta) override { device_->place(theta.data()); }
  double step(S tau) override {
    if (!batch_.empty()) device_->pack(batch_);
    const auto stepped = device_->step(tau);
    cost_ = static_cast<double>(stepped.cost);
    return stepped.norm;
  }
  void fetch(State<S>& before, State<S>& after, State<S>& k) override {
    device_->fetch(before.data(), after.data(), k.data());
  }

  Objective<G>& objective_;
  cuda::DeviceBatch<S>* device_ = nullptr;
  State<G> theta_, direction_, out_;
  double cost_ = 0.0;
};

/// Mini-batches, drawn once a step.
template <class S, class G = S>
class BatchField final : public GradientField<S, G> {
 public:
  BatchField(Objective<G>& objective, Index samples_a_step, bool replacement, std::int64_t seed)
      : GradientField<S, G>(objective),
        sampler_(objective.samples(), replacement, static_cast<std::uint64_t>(seed)),
        samples_a_step_(samples_a_step) {}

  void begin_step() override {
    // In one draw: a step across the end of an epoch would take a sample twice, and its mean be no simple random
    // sample's, as the prediction for SGD presumes.
    this->batch_ = sampler_.draw(samples_a_step_);
  }

  void archive(Archive& archive) override { archive("sampler", sampler_); }

 private:
  data::BatchSampler sampler_;
  Index samples_a_step_;
};

}  // namespace invar
