// The cost of a block on data, with its gradient and Hessian-vector products: what a vector field is made of.
//
// A batch goes through the plan in chunks of a fixed size, whose gradients are summed in a fixed order: the bits depend
// neither on the number of threads nor on how they are scheduled.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/cost_plans.h"
#include "backend/cuda/device_batch.h"
#include "backend/host_executor.h"
#include "backend/packed_samples.h"

namespace invar {

/// The samples of a chunk, and where they lie.
struct ChunkShape {
  Index samples;
  SampleAxis axis;
};

/// What executes the plans. On cuda, `threads` have no part, and there is no quad precision: InputError.
enum class Backend : std::uint8_t { host, cuda };

template <class S>
class Objective {
 public:
  /// `batch`: the largest number of samples of a mini-batch; 0 where only the full batch is used. The samples must
  /// outlive the objective.
  Objective(CostPlans plans, const SampleArrays& samples, Index batch = 0, int threads = 1,
            Backend backend = Backend::host);
  /// On the device whose executors `make` gives.
  Objective(CostPlans plans, const SampleArrays& samples, Index batch, typename cuda::DeviceBatch<S>::Make make);

  Index size() const { return plans_.parameters; }
  Index samples() const { return source_->count; }

  /// C over all samples; the gradient is written to `gradient`.
  S evaluate(const S* theta, S* gradient);
  /// The same over a mini-batch, given by the samples' numbers.
  S evaluate(const S* theta, std::span<const Index> batch, S* gradient);
  /// ∇²C v over all samples.
  void hessian_product(const S* theta, const S* v, S* out);

 private:
  /// The samples of a full batch or a mini-batch, and what executes the plans on them; one executor a thread.
  struct Pass {
    Pass(const CostPlans& plans, const SampleArrays& source, Index samples);
    /// `second`: for the Hessian-vector product.
    void make_executors(const CostPlans& plans, bool second, int threads);

    ChunkShape shape;
    Index groups;  // of chunks, whose gradients are kept apart
    PackedSamples<S> packed;
    std::vector<std::unique_ptr<HostExecutor<S>>> gradient, hessian;
  };
  Pass& full();
  cuda::DeviceBatch<S>& full_on_device();
  S run(Pass& pass, bool hessian, const S* theta, const S* v, S* out);

  CostPlans plans_;
  const SampleArrays* source_;
  int threads_ = 1;
  typename cuda::DeviceBatch<S>::Make make_;  // empty on the host
  std::unique_ptr<cuda::DeviceBatch<S>> device_full_, device_batch_;
  std::unique_ptr<Pass> full_;  // with mini-batches, made when it is first asked for
  std::unique_ptr<Pass> batch_;
  AlignedVector<S> partial_;  // one gradient a group of chunks but the first, which has the caller's
  AlignedVector<S> partial_cost_;
  std::vector<AlignedVector<S>> sums_;  // one gradient a thread, where groups have several chunks
};

extern template class Objective<float>;
extern template class Objective<double>;
extern template class Objective<Quad>;

}  // namespace invar
