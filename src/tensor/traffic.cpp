#include "tensor/traffic.h"

namespace invar {
namespace {

void count(Traffic& total, const Location& place, Index elements) {
  if (place.where == Location::Where::none) return;
  (place.batched ? total.per_sample : total.fixed) += static_cast<double>(elements);
}

void count(Traffic& total, const ProductKernel& kernel) {
  Index a = 1, b = 1, out = 1;
  const auto over = [&](const Loop& loop) {
    if (loop.a != 0) a *= loop.extent;
    if (loop.b != 0) b *= loop.extent;
    if (loop.out != 0) out *= loop.extent;
  };
  for (const Loop* loop : {&kernel.rows, &kernel.columns, &kernel.sum, &kernel.entries}) over(*loop);
  for (const Loop& loop : kernel.outer) over(loop);
  for (const Loop& loop : kernel.outer_sum) over(loop);
  count(total, kernel.a, a);
  count(total, kernel.b, b);
  count(total, kernel.out, out);
  count(total, kernel.integers, kernel.stretched == ProductSide::sum ? kernel.sum.extent : kernel.rows.extent);
}

}  // namespace

Traffic traffic(const KernelPlan& plan) {
  Traffic total;
  for (const ProductKernel& kernel : plan.products) count(total, kernel);
  for (const PointwiseKernel& kernel : plan.pointwise) {
    for (const Location& place : kernel.memory) count(total, place, kernel.elements);
    for (const PointwiseKernel::Gather& gather : kernel.gathers) count(total, gather.from, kernel.elements);
  }
  for (const ChoiceKernel& kernel : plan.choices) {
    Index integers = 1, other = 1;
    for (const Loop& loop : kernel.loops) {
      if (loop.a != 0) integers *= loop.extent;
      if (loop.b != 0) other *= loop.extent;
    }
    count(total, kernel.integers, integers);
    count(total, kernel.other, other);
    count(total, kernel.out, kernel.elements);
  }
  for (const RowKernel& kernel : plan.rows) {
    const Index elements = kernel.outer * kernel.extent * kernel.inner;
    count(total, kernel.in, kernel.op == Op::one_hot ? kernel.outer : elements);
    count(total, kernel.active, elements);
    count(total, kernel.out, kernel.op == Op::routes ? kernel.outer * kernel.k : elements);
  }
  return total;
}

}  // namespace invar
