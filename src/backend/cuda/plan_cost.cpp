#include "backend/cuda/plan_cost.h"

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

}  // namespace

PlanCost cost_on_device(const KernelPlan& plan, Index scalar_bytes) {
  PlanCost cost;
  cost.bytes = (plan.unbatched_arena + static_cast<Index>(plan.constants.size()) + 1) * scalar_bytes;
  double numbers = 0;
  for (const KernelPlan::Zero& zero : plan.zeros) {
    cost.launches += zero.size > 0;
    numbers += static_cast<double>(zero.size);
  }
  for (const ProductKernel& kernel : plan.products) {
    Elements elements;
    for (const auto* loops : {&kernel.outer, &kernel.outer_sum})
      for (const Loop& loop : *loops) elements.count(loop);
    for (const Loop* loop : {&kernel.rows, &kernel.columns, &kernel.sum}) elements.count(*loop);
    const auto gemm = gemm_of(kernel);
    const auto calls = gemm ? static_cast<Index>(gemm->sums.size()) : 1;
    cost.launches += calls;
    cost.flops += 2 * elements.terms;
    if (gemm) cost.gemm_flops += 2 * elements.terms;
    // Every call but the first reads what is there.
    numbers += elements.a + elements.b + elements.out * static_cast<double>(2 * calls - 1);
  }
  for (const PointwiseKernel& kernel : plan.pointwise) {
    ++cost.launches;
    numbers += static_cast<double>(kernel.elements) * static_cast<double>(kernel.memory.size() + kernel.gathers.size());
  }
  for (const RowKernel& kernel : plan.rows) {
    ++cost.launches;
    numbers += 2.0 * static_cast<double>(kernel.outer * kernel.extent * kernel.inner);
  }
  for (const ChoiceKernel& kernel : plan.choices) {
    cost.launches += 2;  // zeros first
    Elements elements;
    for (const Loop& loop : kernel.loops) elements.count(loop);
    numbers += static_cast<double>(kernel.elements) + elements.a + 3 * elements.terms;
  }
  cost.traffic_bytes = numbers * static_cast<double>(scalar_bytes);
  return cost;
}

}  // namespace invar::cuda
