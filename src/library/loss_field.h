// A loss as integrators see one.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "data/sampling.h"
#include "integrators/vector_field.h"
#include "invar/loss.h"

namespace invar::api {

using Theta = State<double>;

inline std::span<const double> view(const Theta& theta) {
  return {theta.data(), static_cast<std::size_t>(theta.size())};
}
inline std::span<double> view(Theta& theta) {
  return {theta.data(), static_cast<std::size_t>(theta.size())};
}

/// −∇C of a loss: over all samples, or over mini-batches, drawn once a step.
class LossField final : public VectorField<double> {
 public:
  /// `batch` 0: all samples.
  LossField(Loss& loss, Eigen::Index size, std::int64_t batch = 0, std::uint64_t seed = 0)
      : loss_(loss), size_(size), all_(static_cast<std::size_t>(loss.samples())), batch_size_(batch) {
    std::iota(all_.begin(), all_.end(), 0);
    batch_ = all_;
    if (batch_size_ > 0) sampler_.emplace(loss.samples(), false, seed);
  }

  Eigen::Index size() const override { return size_; }
  double cost() const override { return cost_; }
  void begin_step() override {
    if (sampler_) batch_ = sampler_->draw(batch_size_);
  }

  /// Over all samples; nothing is counted.
  double full(const Theta& theta, Theta& gradient) { return loss_.evaluate(view(theta), all_, view(gradient)); }

 private:
  void do_evaluate(const Theta& theta, double, Theta& derivative) override {
    cost_ = loss_.evaluate(view(theta), batch_, view(derivative));
    // A loss that is none has no slope, whatever its gradient says: the run ends as diverged.
    if (!std::isfinite(cost_)) derivative.setConstant(std::numeric_limits<double>::quiet_NaN());
    derivative = -derivative;
  }
  void do_hessian_product(const Theta& theta, const Theta& v, Theta& out) override {
    out.setConstant(std::numeric_limits<double>::quiet_NaN());  // what is not written is seen
    loss_.hessian_product(view(theta), view(v), view(out));
    out = -out;
  }

  Loss& loss_;
  Eigen::Index size_;
  std::vector<std::int64_t> all_;
  std::span<const std::int64_t> batch_;
  std::int64_t batch_size_;
  std::optional<data::BatchSampler> sampler_;
  double cost_ = 0.0;
};

}  // namespace invar::api
