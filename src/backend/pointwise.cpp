#include "backend/pointwise.h"

#include <algorithm>

#include "backend/elementary.h"

namespace invar {
namespace {

template <class S>
void gather(const PointwiseKernel::Gather& from, const S* base, S* to, Index first, Index count, Index lanes) {
  for (Index e = 0; e < count; ++e, to += lanes) {
    const Index offset = from.offsets[static_cast<std::size_t>(first + e)];
    if (from.from.batched)
      std::copy_n(base + offset * lanes, lanes, to);
    else
      std::fill_n(to, lanes, base[offset]);
  }
}

// Loops that the compiler vectorises; the special factors are the common ones.
template <class S>
void execute(const Instruction& instruction, const S* a, const S* b, S* out, Index n) {
  const S fa = static_cast<S>(instruction.factor_a), fb = static_cast<S>(instruction.factor_b);
  const S offset = static_cast<S>(instruction.offset);
  const bool plain = instruction.factor_a == 1.0;
  switch (instruction.code) {
    case Instruction::Code::affine:
      if (instruction.offset == 0.0)
        for (Index i = 0; i < n; ++i) out[i] = fa * a[i];
      else
        for (Index i = 0; i < n; ++i) out[i] = fa * a[i] + offset;
      return;
    case Instruction::Code::add:
      if (instruction.offset == 0.0 && plain && instruction.factor_b == 1.0)
        for (Index i = 0; i < n; ++i) out[i] = a[i] + b[i];
      else if (instruction.offset == 0.0 && plain && instruction.factor_b == -1.0)
        for (Index i = 0; i < n; ++i) out[i] = a[i] - b[i];
      else
        for (Index i = 0; i < n; ++i) out[i] = fa * a[i] + fb * b[i] + offset;
      return;
    case Instruction::Code::multiply:
      if (plain)
        for (Index i = 0; i < n; ++i) out[i] = a[i] * b[i];
      else
        for (Index i = 0; i < n; ++i) out[i] = fa * a[i] * b[i];
      return;
    case Instruction::Code::apply:
      apply_function<S>(instruction.function, a, out, n);
      return;
    case Instruction::Code::gather:
      return;
  }
}

}  // namespace

Index tile_scalars(Index lanes) {
  return std::max<Index>(1, kTileScalars / lanes) * lanes;
}

template <class S>
void run_pointwise(const PointwiseKernel& kernel, const PointwiseOperands<S>& operands, Index lanes) {
  const Index width = kernel.batched ? lanes : 1;
  const Index tile = tile_scalars(width);
  const Index elements_a_tile = tile / width;
  for (Index first = 0; first < kernel.elements; first += elements_a_tile) {
    const Index count = std::min(elements_a_tile, kernel.elements - first);
    const auto at = [&](Slot slot) {
      const auto index = static_cast<std::size_t>(slot.index);
      return slot.memory ? operands.memory[index] + first * width : operands.scratch + slot.index * tile;
    };
    for (const Instruction& instruction : kernel.instructions) {
      if (instruction.code == Instruction::Code::gather) {
        const auto index = static_cast<std::size_t>(instruction.gather);
        gather<S>(kernel.gathers[index], operands.gathers[index], at(instruction.out), first, count, width);
      } else {
        execute<S>(instruction, at(instruction.a), at(instruction.b), at(instruction.out), count * width);
      }
    }
  }
}

template void run_pointwise<float>(const PointwiseKernel&, const PointwiseOperands<float>&, Index);
template void run_pointwise<double>(const PointwiseKernel&, const PointwiseOperands<double>&, Index);
template void run_pointwise<Quad>(const PointwiseKernel&, const PointwiseOperands<Quad>&, Index);

}  // namespace invar
