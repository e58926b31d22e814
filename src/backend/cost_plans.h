// The plans of a block's cost: itself, its gradient, Hessian-vector product and the gradients of single samples, with
// the samples innermost; and the first three with the samples as an axis, where that pays.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "tensor/block.h"
#include "tensor/loss.h"
#include "tensor/plan.h"

namespace invar {

/// Whether only the rows of the experts that a mask has chosen are computed (tensor/routed_rows.h), or all and masked:
/// a device's kernels have extents that no value decides.
enum class Experts : std::uint8_t { chosen, all };

/// Plans with the samples as an axis (tensor/sample_axis.h), made for a number of samples when it is first asked for.
/// May be shared by threads.
class WidePlans {
 public:
  WidePlans(Graph graph, std::vector<Request> gradient, std::vector<Request> hessian, std::vector<Request> cost);

  using Plan = std::shared_ptr<const KernelPlan>;
  Plan gradient(Index samples, Experts experts = Experts::chosen) const { return made(0, samples, experts); }
  Plan hessian(Index samples, Experts experts = Experts::chosen) const { return made(1, samples, experts); }
  Plan cost(Index samples, Experts experts = Experts::chosen) const { return made(2, samples, experts); }

 private:
  Plan made(int which, Index samples, Experts experts) const;

  Graph graph_;
  std::vector<Request> requests_[3];
  mutable std::mutex mutex_;
  mutable std::map<std::tuple<int, Index, Experts>, Plan> plans_;
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
/// Those with the samples as an axis alone, which are made when they are asked for; the others are null.
CostPlans plan_wide_cost(const Block& block, Loss loss);

}  // namespace invar
