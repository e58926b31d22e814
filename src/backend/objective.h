// The cost of a block on data, with its gradient and Hessian-vector products: what a vector field is made of.
//
// A batch goes through the plan in chunks of a fixed size, whose gradients are summed in a fixed order: the bits depend
// neither on the number of threads nor on how they are scheduled.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/host_executor.h"
#include "backend/packed_samples.h"
#include "tensor/block.h"
#include "tensor/loss.h"

namespace invar {

/// The plans of one block and loss; shared by all runs and threads.
struct CostPlans {
  std::shared_ptr<const KernelPlan> gradient;     // variable 0: θ; output 0: ∇C, output 1: C
  std::shared_ptr<const KernelPlan> hessian;      // variable 1: v; output 0: ∇²C v
  std::shared_ptr<const KernelPlan> each_sample;  // output 0: the gradients of single samples, times their weights
  Index parameters = 0, input_elements = 0, target_elements = 0;
};
CostPlans plan_cost(const Block& block, Loss loss);

template <class S>
class Objective {
 public:
  /// `batch`: the largest number of samples of a mini-batch; 0 where only the full batch is used. The samples must
  /// outlive the objective.
  Objective(CostPlans plans, const SampleArrays& samples, Index batch = 0, int threads = 1);

  Index size() const { return plans_.parameters; }
  Index samples() const { return samples_->count; }

  /// C over all samples; the gradient is written to `gradient`.
  S evaluate(const S* theta, S* gradient);
  /// The same over a mini-batch, given by the samples' numbers.
  S evaluate(const S* theta, std::span<const Index> batch, S* gradient);
  /// ∇²C v over all samples.
  void hessian_product(const S* theta, const S* v, S* out);

 private:
  struct Worker {
    std::unique_ptr<HostExecutor<S>> gradient, hessian;
    AlignedVector<S> sum;
  };
  S run(const PackedSamples<S>& packed, bool hessian, const S* theta, const S* v, S* out);

  CostPlans plans_;
  const SampleArrays* samples_;
  Index chunk_samples_;
  PackedSamples<S> full_;
  std::unique_ptr<PackedSamples<S>> batch_;
  std::vector<Worker> workers_;
  AlignedVector<S> partial_;  // one gradient a group of chunks but the first, which has the caller's
  AlignedVector<S> partial_cost_;
};

extern template class Objective<float>;
extern template class Objective<double>;
extern template class Objective<Quad>;

}  // namespace invar
