// A loss C(θ), the mean over samples of a loss of each, as methods and laws see it: a block's (block.h), or one of your
// own.
//
// θ is one vector of doubles: the values of the parameters' tensors one after the other, each row-major. Samples go by
// their numbers, 0 … samples() − 1. What the caller can mend throws std::invalid_argument with value, place and remedy.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace invar::api {

struct Tensor {
  std::string name;                 // each another
  std::vector<std::int64_t> shape;  // extents from 1 on; empty: a number
};

/// A frozen tensor: what a text declares under `constants`.
struct Constant {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<double> values;  // row-major, finite
};

class Loss {
 public:
  virtual ~Loss() = default;

  /// The parameters, in the order in which θ has them.
  virtual std::vector<Tensor> parameters() const = 0;
  /// With one sample there are no mini-batches: flow and GD, sharpness and defects, no SGD.
  virtual std::int64_t samples() const { return 1; }

  /// The mean over these samples, which may be all of them in their order; its gradient [as θ] is written. Called by
  /// one thread at a time. Exceptions pass through run().
  virtual double evaluate(std::span<const double> theta, std::span<const std::int64_t> samples,
                          std::span<double> gradient) = 0;

  /// Whether there is the next one. Without it there is no sharpness (sharpness.h); no method of run() needs it.
  virtual bool has_hessian_product() const { return false; }
  /// out = ∇²C(θ) v over all samples [each as θ]. Called by one thread at a time.
  virtual void hessian_product(std::span<const double> theta, std::span<const double> v, std::span<double> out);
};

/// Numbers in θ. Throws std::invalid_argument: an extent below 1, more than 10^12 numbers.
std::int64_t parameter_count(const std::vector<Tensor>& tensors);

}  // namespace invar::api
