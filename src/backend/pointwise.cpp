#include "backend/pointwise.h"

#include <algorithm>

#include "backend/each.h"
#include "backend/elementary.h"

namespace invar {
namespace {

template <class S>
void gather(const PointwiseKernel::Gather& from, const S* base, S* to, Index first, Index count, Index lanes) {
  const std::int32_t* offsets = from.offsets->data();
  if (from.run > 1) {
    for (Index e = first; e < first + count;) {
      const Index inside = e % from.run, here = std::min(from.run - inside, first + count - e);
      const S* source = base + offsets[e / from.run];
      if (from.constant)
        std::fill_n(to, here, *source);
      else
        std::copy_n(source + inside, here, to);
      e += here;
      to += here;
    }
    return;
  }
  if (lanes == 1) {
    for (Index e = 0; e < count; ++e) to[e] = base[offsets[first + e]];
    return;
  }
  for (Index e = 0; e < count; ++e, to += lanes) {
    const Index offset = offsets[first + e];
    if (from.from.batched)
      std::copy_n(base + offset * lanes, lanes, to);
    else
      std::fill_n(to, lanes, base[offset]);
  }
}

// The special factors are the common ones.
template <class S>
void execute(const Instruction& instruction, const S* a, const S* b, S* out, Index n) {
  using P = typename Pack<S>::type;
  const P fa = broadcast<S>(static_cast<S>(instruction.factor_a)),
          fb = broadcast<S>(static_cast<S>(instruction.factor_b));
  const P offset = broadcast<S>(static_cast<S>(instruction.offset));
  const bool plain = instruction.factor_a == 1.0, whole = instruction.offset == 0.0;
  switch (instruction.code) {
    case Instruction::Code::affine:
      if (whole) return each<S>(a, out, n, [&](P x) { return P(fa * x); });
      return each<S>(a, out, n, [&](P x) { return P(fa * x + offset); });
    case Instruction::Code::add:
      if (whole && plain && instruction.factor_b == 1.0)
        return each<S>(a, b, out, n, [](P x, P y) { return P(x + y); });
      if (whole && plain && instruction.factor_b == -1.0)
        return each<S>(a, b, out, n, [](P x, P y) { return P(x - y); });
      return each<S>(a, b, out, n, [&](P x, P y) { return P(fa * x + fb * y + offset); });
    case Instruction::Code::multiply:
      if (plain) return each<S>(a, b, out, n, [](P x, P y) { return P(x * y); });
      return each<S>(a, b, out, n, [&](P x, P y) { return P(fa * x * y); });
    case Instruction::Code::apply:
      return apply_function<S>(instruction.function, a, out, n);
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
  constexpr Index kLine = std::max<Index>(1, 64 / static_cast<Index>(sizeof(S)));
  const Index width = kernel.batched ? lanes : 1;
  const Index tile = tile_scalars(width);
  const Index elements_a_tile = tile / width;
  for (Index first = 0; first < kernel.elements; first += elements_a_tile) {
    const Index count = std::min(elements_a_tile, kernel.elements - first);
    // The next tile is fetched ahead: the processor foresees a stream only after a few of its lines, and tiles are
    // short.
    const Index next = std::min(elements_a_tile, kernel.elements - first - count);
    for (const S* memory : operands.memory)
      for (Index i = 0; i < next * width; i += kLine) __builtin_prefetch(memory + (first + count) * width + i);
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
