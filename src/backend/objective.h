// The cost of a block on data, with its gradient and Hessian-vector products: what a vector field is made of.
//
// A batch goes through the plan in chunks of a fixed size, whose gradients are summed in a fixed order: the bits depend
// neither on the number of threads nor on how they are scheduled.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
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

template <class S>
class Objective {
 public:
  /// `batch`: the largest number of samples of a mini-batch; 0 where only the full batch is used. The samples must
  /// outlive the objective. A full batch stays packed where it takes at most `packed_bytes`; else its chunks are packed
  /// anew each time, with the same bits.
  Objective(CostPlans plans, const SampleSource& samples, Index batch = 0, int threads = 1,
            Index packed_bytes = kPackedBytes);
  /// On cuda, `threads` have no part. InputError where there is no device, and in quad precision.
  Objective(CostPlans plans, const SampleSource& samples, Index batch, int threads, Backend backend);
  /// On the device whose executors `make` gives.
  Objective(CostPlans plans, const SampleSource& samples, Index batch, typename cuda::DeviceBatch<S>::Make make);

  Index size() const { return plans_.parameters; }
  Index samples() const { return source_->count; }
  /// Of the format in which products are computed, relative.
  double epsilon() const { return epsilon_; }

  /// C over all samples; the gradient is written to `gradient`.
  S evaluate(const S* theta, S* gradient);
  /// The same over a mini-batch, given by the samples' numbers.
  S evaluate(const S* theta, std::span<const Index> batch, S* gradient);
  /// C over all samples without its gradient: a third of the operations.
  S cost(const S* theta);
  /// ∇²C v over all samples.
  void hessian_product(const S* theta, const S* v, S* out);

  /// Where steps can be taken on the device: of mini-batches where there are such, else of all samples. Null on the
  /// host.
  cuda::DeviceBatch<S>* device();

 private:
  enum class What : std::uint8_t { gradient, hessian, cost };

  /// The samples of a full batch or a mini-batch, and what executes the plans on them; one executor a thread.
  struct Pass {
    Pass(const CostPlans& plans, const SampleSource& source, Index samples, Index packed_bytes);
    void make_executors(const CostPlans& plans, const SampleSource& source, What what, int threads);

    Index chunks(Index samples) const { return (samples + shape.samples - 1) / shape.samples; }

    Index capacity;  // samples
    ChunkShape shape;
    Index groups;                            // of chunks, whose gradients are kept apart
    std::unique_ptr<PackedSamples<S>> kept;  // the full batch; null where chunks are packed when their turn comes
    std::vector<PackedSamples<S>> packs;     // one chunk a thread
    std::vector<std::unique_ptr<HostExecutor<S>>> executors[3];  // by What
  };
  Pass& full();
  cuda::DeviceBatch<S>& full_on_device();
  /// `batch`: the samples' numbers; empty: all.
  S run(Pass& pass, What what, const S* theta, const S* v, std::span<const Index> batch, S* out);

  CostPlans plans_;
  const SampleSource* source_;
  double epsilon_ = static_cast<double>(std::numeric_limits<S>::epsilon());
  int threads_ = 1;
  Index packed_bytes_ = kPackedBytes;
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
