// The plans of a block's cost: itself, its gradient, Hessian-vector product and the gradients of single samples, with
// the samples innermost; and the first three with the samples as an axis, where that pays.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tensor/block.h"
#include "tensor/loss.h"
#include "tensor/plan.h"

namespace invar {

/// Plans with the samples as an axis (tensor/sample_axis.h), made for a number of samples when it is first asked for.
/// May be shared by threads.
class WidePlans {
 public:
  WidePlans(Graph graph, std::vector<Request> gradient, std::vector<Request> hessian, std::vector<Request> cost);

  std::shared_ptr<const KernelPlan> gradient(Index samples) const { return made(0, samples); }
  std::shared_ptr<const KernelPlan> hessian(Index samples) const { return made(1, samples); }
  std::shared_ptr<const KernelPlan> cost(Index samples) const { return made(2, samples); }

 private:
  std::shared_ptr<const KernelPlan> made(int which, Index samples) const;

  Graph graph_;
  std::vector<Request> requests_[3];
  mutable std::mutex mutex_;
  mutable std::map<std::pair<int, Index>, std::shared_ptr<const KernelPlan>> plans_;
};

/// The plans of one block and loss; shared by all runs and threads.
struct CostPlans {
  std::shared_ptr<const KernelPlan> gradient;     // variable 0: θ; output 0: ∇C, output 1: C
  std::shared_ptr<const KernelPlan> hessian;      // variable 1: v; output 0: ∇²C v
  std::shared_ptr<const KernelPlan> cost;         // output 1: C
  std::shared_ptr<const KernelPlan> each_sample;  // output 0: the gradients of single samples, times their weights
  std::shared_ptr<const WidePlans> wide;
  Index parameters = 0, input_elements = 0, target_elements = 0;

  /// Are products of `chunk` samples at a time so large that they are faster than those with the samples innermost,
  /// `lanes` at a time, where there are `samples` in all?
  bool wide_pays(Index chunk, Index lanes, Index samples) const;
};
CostPlans plan_cost(const Block& block, Loss loss);

}  // namespace invar
