// The cost's gradient and Hessian-vector product over a batch, on a device: chunk after chunk through the plans with
// the samples as an axis. The parameters go to the device and the sum comes back once an evaluation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "backend/cost_plans.h"
#include "backend/cuda/device_executor.h"
#include "backend/packed_samples.h"

namespace invar::cuda {

/// As much of the intermediate values as a chunk may have: 4 GiB, so that offsets fit into 32 bits in float.
inline constexpr Index kMostChunkBytes = Index{4} << 30;

/// Chunks of one length, as few as `most_bytes` of intermediate values of a gradient allow.
Index samples_a_chunk(const CostPlans& plans, Index capacity, Index scalar_bytes, Index most_bytes);

template <class S>
class DeviceBatch {
 public:
  using Make = std::function<std::unique_ptr<DeviceExecutor<S>>(std::shared_ptr<const KernelPlan>, const VectorSizes&)>;

  /// Batches of at most `capacity` samples; `make` gives the executors, each when it is first asked for. The samples
  /// must outlive it. Batches stay packed where they take at most `packed_bytes`; else each chunk is packed anew.
  DeviceBatch(const CostPlans& plans, const SampleSource& source, Index capacity, Make make,
              Index most_bytes = kMostChunkBytes, Index packed_bytes = kPackedBytes);

  void pack(std::span<const Index> samples);

  /// C, with ∇C in `gradient`.
  S gradient(const S* theta, S* gradient);
  /// C without its gradient.
  S cost(const S* theta);
  /// ∇²C v.
  void hessian_product(const S* theta, const S* v, S* out);

  // Steps of gradient descent on the device: only costs and norms come back.
  struct Stepped {
    S cost;       // at θ
    double norm;  // ‖θ'‖
  };
  void place(const S* theta) { executor(What::gradient).place(theta); }
  /// θ' = θ + τ k, k = −∇C(θ).
  Stepped step(S tau);
  /// Of the last step, before anything else is asked for.
  void fetch(S* before, S* after, S* k) { executor(What::gradient).fetch(before, after, k); }
  /// The batch must outlive it.
  std::unique_ptr<DeviceReductions> reductions(const EulerReductions& plan) {
    return executor(What::gradient).reductions(plan);
  }

 private:
  enum class What : std::uint8_t { gradient, hessian, cost };
  DeviceExecutor<S>& executor(What what);
  void sum_up(What what);

  CostPlans plans_;
  Make make_;
  Index chunk_samples_;
  bool streams_;
  PackedSamples<S> packed_;                          // the batch, or one chunk of it
  std::vector<Index> samples_;                       // of the batch, where it streams
  std::unique_ptr<DeviceExecutor<S>> executors_[3];  // by What
  bool loaded_[3] = {false, false, false};           // the only chunk is on the device already
};

extern template class DeviceBatch<float>;
extern template class DeviceBatch<double>;
extern template class DeviceBatch<Quad>;

}  // namespace invar::cuda
