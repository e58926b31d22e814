#include "backend/host_executor.h"

#include <algorithm>

#include "backend/choice.h"
#include "backend/matrix_product.h"
#include "backend/panel_product.h"
#include "backend/product.h"
#include "backend/routes.h"
#include "backend/rows.h"
#include "backend/vector_product.h"

namespace invar {
namespace {

/// Sums of products of single numbers, which lie side by side: as for the gradient of a norm's scales.
bool side_by_side(const ProductKernel& kernel) {
  if (kernel.a.batched || kernel.b.batched || kernel.outer.empty() || kernel.stretched != ProductSide::none)
    return false;
  const Loop& loop = kernel.outer.back();
  return kernel.rows.extent == 1 && kernel.columns.extent == 1 && loop.a == 1 && loop.b == 1 && loop.out == 1;
}

}  // namespace

template <class S>
HostExecutor<S>::HostExecutor(std::shared_ptr<const KernelPlan> plan, Index samples) : plan_(std::move(plan)) {
  const Index lanes = lanes_for<S>(samples);
  batched_.assign(static_cast<std::size_t>(plan_->batched_arena * lanes), S(0));
  unbatched_.assign(static_cast<std::size_t>(plan_->unbatched_arena), S(0));
  for (const double value : plan_->constants) constants_.push_back(static_cast<S>(value));
  for (const ProductKernel& kernel : plan_->products) {
    std::vector<Loop> outer = kernel.outer;
    const Index dots = side_by_side(kernel) ? outer.back().extent : 0;
    if (dots > 0) outer.pop_back();
    offsets_.push_back({walk(outer), walk(kernel.outer_sum), dots});
  }
  Index scratch = 0;
  for (const PointwiseKernel& kernel : plan_->pointwise) {
    operands_.push_back({std::vector<S*>(kernel.memory.size()), std::vector<const S*>(kernel.gathers.size()), nullptr});
    scratch = std::max(scratch, kernel.registers * std::max(tile_scalars(lanes), kTileScalars));
  }
  if (!plan_->products.empty()) scratch = std::max({scratch, panel_scalars<S>(lanes), kVectorScratch});
  // A last sample may come by itself, with one lane: then products with a sample axis, too, are those of matrices.
  for (const ProductKernel& kernel : plan_->products)
    if (suits_matrix_product<S>(kernel.rows.extent, kernel.columns.extent, kernel.sum.extent))
      scratch = std::max(scratch, matrix_scratch<S>());
  for (const RowKernel& kernel : plan_->rows) scratch = std::max(scratch, row_scratch(kernel, lanes));
  scratch_.assign(static_cast<std::size_t>(scratch), S(0));
}

template <class S>
std::vector<std::array<Index, 3>> HostExecutor<S>::walk(const std::vector<Loop>& loops) {
  std::vector<std::array<Index, 3>> offsets{{0, 0, 0}};
  for (const Loop& loop : loops) {
    std::vector<std::array<Index, 3>> next;
    for (const auto& base : offsets)
      for (Index i = 0; i < loop.extent; ++i)
        next.push_back({base[0] + i * loop.a, base[1] + i * loop.b, base[2] + i * loop.out});
    offsets = std::move(next);
  }
  return offsets;
}

template <class S>
void HostExecutor<S>::set_samples(const S* input, const S* target, const S* weight, Index lanes, Index samples) {
  samples_ = {input, target, weight};
  lanes_ = lanes;
  filled_lanes_ = samples;
}

template <class S>
S* HostExecutor<S>::address(const Location& place) const {
  const Index offset = place.batched ? place.offset * lanes_ : place.offset;
  const auto index = static_cast<std::size_t>(place.index);
  // Sources are only read: the cast lets one operand table serve sources and targets.
  switch (place.where) {
    case Location::Where::arena:
      return const_cast<S*>((place.batched ? batched_ : unbatched_).data()) + offset;
    case Location::Where::variable:
      return const_cast<S*>(variables_[index]) + offset;
    case Location::Where::output:
      return outputs_[index] + offset;
    case Location::Where::sample:
      return const_cast<S*>(samples_[index]) + offset;
    case Location::Where::constant:
      return const_cast<S*>(constants_.data()) + offset;
    case Location::Where::none:
      break;
  }
  static const S one(1);
  return const_cast<S*>(&one);
}

template <class S>
void HostExecutor<S>::run_product(const ProductKernel& kernel, const Offsets& offsets) {
  const Index la = kernel.a.batched ? lanes_ : 1, lb = kernel.b.batched ? lanes_ : 1,
              lo = kernel.out.batched ? lanes_ : 1;
  const S *a = address(kernel.a), *b = address(kernel.b);
  S* out = address(kernel.out);
  ProductBlock<S> block{.a = a,
                        .b = b,
                        .out = out,
                        .rows = kernel.rows.extent,
                        .columns = kernel.columns.extent,
                        .sum = kernel.sum.extent,
                        .lanes = offsets.dots > 0 ? offsets.dots : lanes_,
                        .samples = filled_lanes_,
                        .a_row = kernel.rows.a * la,
                        .a_sum = kernel.sum.a * la,
                        .b_column = kernel.columns.b * lb,
                        .b_sum = kernel.sum.b * lb,
                        .out_row = kernel.rows.out * lo,
                        .out_column = kernel.columns.out * lo,
                        .scale = static_cast<S>(kernel.scale),
                        .add = false,
                        .a_batched = kernel.a.batched,
                        .low = kernel.low,
                        .high = kernel.high,
                        .panel = scratch_.data()};
  void (*product)(const ProductBlock<S>&) = offsets.dots > 0                   ? side_by_side_dots<S>
                                            : !kernel.b.batched || lanes_ == 1 ? plain_product<S>
                                            : !kernel.out.batched              ? reduce_samples<S>
                                            : kernel.a.batched                 ? samples_times_samples<S>
                                                                               : weights_times_samples<S>;
  if (kernel.stretched != ProductSide::none) return run_stretches(kernel, offsets, block);
  for (const auto& outer : offsets.outer) {
    block.add = false;
    for (const auto& sum : offsets.sum) {
      block.a = a + (outer[0] + sum[0]) * la;
      block.b = b + (outer[1] + sum[1]) * lb;
      block.out = out + outer[2] * lo;
      product(block);
      block.add = true;
    }
  }
}

template <class S>
void HostExecutor<S>::run_stretches(const ProductKernel& kernel, const Offsets& offsets, ProductBlock<S> block) {
  const bool summed = kernel.stretched == ProductSide::sum;
  const Loop& loop = summed ? kernel.sum : kernel.rows;
  const S *integers = address(kernel.integers), *a = block.a, *b = block.b;
  S* out = block.out;
  // One more than there are entries: the rows that belong to none, which are zero.
  for (Index entry = 0; entry <= kernel.entries.extent; ++entry) {
    const Stretch stretch = stretch_of(integers, loop.extent, entry);
    const bool none = entry == kernel.entries.extent;
    if (summed ? none : stretch.count == 0) continue;
    (summed ? block.sum : block.rows) = stretch.count;
    for (const auto& outer : offsets.outer) {
      block.out = out + stretch.first * loop.out + (none ? 0 : entry * kernel.entries.out) + outer[2];
      block.add = false;
      if (none || stretch.count == 0) {
        for (Index row = 0; row < block.rows; ++row)
          for (Index column = 0; column < block.columns; ++column)
            block.out[row * block.out_row + column * block.out_column] = S(0);
        continue;
      }
      for (const auto& sum : offsets.sum) {
        block.a = a + stretch.first * loop.a + entry * kernel.entries.a + outer[0] + sum[0];
        block.b = b + stretch.first * loop.b + entry * kernel.entries.b + outer[1] + sum[1];
        plain_product<S>(block);
        block.add = true;
      }
    }
  }
}

template <class S>
void HostExecutor<S>::run_choice(const ChoiceKernel& kernel) {
  const auto lanes_of = [this](const Location& place) { return place.batched ? lanes_ : Index{1}; };
  invar::run_choice<S>(kernel, {address(kernel.integers), lanes_of(kernel.integers)},
                       {address(kernel.other), lanes_of(kernel.other)}, address(kernel.out), lanes_of(kernel.out),
                       kernel.out.batched ? lanes_ : filled_lanes_);
}

template <class S>
void HostExecutor<S>::run_elementwise(const PointwiseKernel& kernel, PointwiseOperands<S>& operands) {
  for (std::size_t i = 0; i < kernel.memory.size(); ++i) operands.memory[i] = address(kernel.memory[i]);
  for (std::size_t i = 0; i < kernel.gathers.size(); ++i) operands.gathers[i] = address(kernel.gathers[i].from);
  operands.scratch = scratch_.data();
  run_pointwise<S>(kernel, operands, lanes_);
}

template <class S>
void HostExecutor<S>::run() {
  for (const KernelPlan::Zero& zero : plan_->zeros)
    std::fill_n(outputs_[static_cast<std::size_t>(zero.vector)] + zero.offset, zero.size, S(0));
  for (const Kernel& kernel : plan_->kernels) {
    switch (kernel.kind) {
      case Kernel::Kind::product:
        run_product(plan_->products[kernel.index], offsets_[kernel.index]);
        break;
      case Kernel::Kind::pointwise:
        run_elementwise(plan_->pointwise[kernel.index], operands_[kernel.index]);
        break;
      case Kernel::Kind::choice:
        run_choice(plan_->choices[kernel.index]);
        break;
      case Kernel::Kind::row: {
        const RowKernel& row = plan_->rows[kernel.index];
        if (row.op == Op::routes) {
          run_routes<S>(row, address(row.in), address(row.out));
          break;
        }
        const S* active = row.active.where == Location::Where::none ? nullptr : address(row.active);
        run_rows<S>(row, address(row.in), active, address(row.out), row.in.batched ? lanes_ : 1, scratch_.data());
        break;
      }
    }
  }
}

template class HostExecutor<float>;
template class HostExecutor<double>;
template class HostExecutor<Quad>;

}  // namespace invar
