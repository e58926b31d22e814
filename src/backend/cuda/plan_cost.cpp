#include "backend/cuda/plan_cost.h"

#include <set>

#include "backend/cuda/gemm.h"

namespace invar::cuda {
namespace {

struct Elements {
  double a = 1, b = 1, out = 1, terms = 1;
  void count(const Loop& loop) {
    const auto extent = static_cast<double>(loop.extent);
    terms *= extent;
    if (loop.a != 0) a *= extent;
    if (loop.b != 0) b *= extent;
    if (loop.out != 0) out *= extent;
  }
};

KernelCost cost_of(const ProductKernel& kernel) {
  Elements elements;
  for (const auto* loops : {&kernel.outer, &kernel.outer_sum})
    for (const Loop& loop : *loops) elements.count(loop);
  for (const Loop* loop : {&kernel.rows, &kernel.columns, &kernel.sum}) elements.count(*loop);
  const auto gemm = gemm_of(kernel);
  const auto calls = gemm ? static_cast<Index>(gemm->sums.size()) : 1;
  // Every call but the first reads what is there.
  return {calls, gemm.has_value(), 2 * elements.terms,
          elements.a + elements.b + elements.out * static_cast<double>(2 * calls - 1)};
}

KernelCost cost_of(const PointwiseKernel& kernel) {
  return {1, false, 0,
          static_cast<double>(kernel.elements) * static_cast<double>(kernel.memory.size() + kernel.gathers.size())};
}

KernelCost cost_of(const RowKernel& kernel) {
  return {1, false, 0, 2.0 * static_cast<double>(kernel.outer * kernel.extent * kernel.inner)};
}

KernelCost cost_of(const ChoiceKernel& kernel) {
  Elements elements;
  for (const Loop& loop : kernel.loops) elements.count(loop);
  return {2, false, 0, static_cast<double>(kernel.elements) + elements.a + 3 * elements.terms};  // zeros first
}

}  // namespace

std::vector<KernelCost> kernel_costs(const KernelPlan& plan) {
  std::vector<KernelCost> costs;
  for (const KernelPlan::Zero& zero : plan.zeros)
    if (zero.size > 0) costs.push_back({1, false, 0, static_cast<double>(zero.size)});
  for (const ProductKernel& kernel : plan.products) costs.push_back(cost_of(kernel));
  for (const PointwiseKernel& kernel : plan.pointwise) costs.push_back(cost_of(kernel));
  for (const RowKernel& kernel : plan.rows) costs.push_back(cost_of(kernel));
  for (const ChoiceKernel& kernel : plan.choices) costs.push_back(cost_of(kernel));
  return costs;
}

PlanCost cost_on_device(const KernelPlan& plan, Index scalar_bytes) {
  PlanCost cost;
  cost.bytes = (plan.unbatched_arena + static_cast<Index>(plan.constants.size()) + 1) * scalar_bytes;
  std::set<const void*> tables;  // on the device each is there once
  for (const PointwiseKernel& kernel : plan.pointwise)
    for (const PointwiseKernel::Gather& gather : kernel.gathers)
      if (tables.insert(gather.offsets.get()).second)
        cost.table_bytes += static_cast<Index>(gather.offsets->size() * sizeof(std::int32_t));
  for (const RowKernel& kernel : plan.rows)
    if (kernel.mask && kernel.active.where == Location::Where::none && tables.insert(kernel.mask.get()).second)
      cost.table_bytes += static_cast<Index>(kernel.mask->size()) * scalar_bytes;
  for (const KernelCost& kernel : kernel_costs(plan)) {
    cost.launches += kernel.launches;
    cost.flops += kernel.flops;
    if (kernel.gemm) cost.gemm_flops += kernel.flops;
    cost.traffic_bytes += kernel.numbers * static_cast<double>(scalar_bytes);
  }
  return cost;
}

}  // namespace invar::cuda
