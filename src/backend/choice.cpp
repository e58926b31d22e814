#include "backend/choice.h"

#include <algorithm>

#include "backend/pack.h"

namespace invar {

template <class S>
void run_choice(const ChoiceKernel& kernel, Laned<S> integers, Laned<S> other, S* out, Index out_lanes, Index lanes) {
  std::fill_n(out, kernel.elements * out_lanes, S(0));
  const S scale = static_cast<S>(kernel.scale);
  // Without a sample axis anywhere there is one pass, however many samples the batch has.
  const Index passes = integers.lanes == 1 && other.lanes == 1 && out_lanes == 1 ? 1 : lanes;
  const Index integer_step = integers.lanes > 1, other_step = other.lanes > 1, out_step = out_lanes > 1;
  // −1: what is none of the integers of the axis chooses nothing.
  const auto chosen_by = [&](S integer) {
    if (!(integer >= S(0) && integer < S(kernel.extent))) return Index{-1};
    const auto chosen = static_cast<Index>(integer);
    return static_cast<S>(chosen) == integer ? chosen : Index{-1};
  };
  const auto at = [&](Index a, Index b, Index o) {
    const S* from = integers.data + a * integers.lanes;
    const S* read = other.data + b * other.lanes;
    S* write = out + o * out_lanes;
    for (Index lane = 0; lane < passes; ++lane) {
      const Index chosen = chosen_by(from[lane * integer_step]);
      if (chosen < 0) continue;
      write[chosen * kernel.out_stride * out_lanes + lane * out_step] +=
          scale * read[chosen * kernel.other_stride * other.lanes + lane * other_step];
    }
  };
  // Without a sample axis the last loops, along which the integer is one, copy rows.
  Index row = 1;
  std::size_t levels = kernel.loops.size();
  if (passes == 1)
    while (levels > 0 && kernel.loops[levels - 1].a == 0 && kernel.loops[levels - 1].b == row &&
           kernel.loops[levels - 1].out == row)
      row *= kernel.loops[--levels].extent;
  const auto add_row = [&](Index a, Index b, Index o) {
    const Index chosen = chosen_by(integers.data[a]);
    if (chosen < 0) return;
    const S* read = other.data + b + chosen * kernel.other_stride;
    S* write = out + o + chosen * kernel.out_stride;
    for (Index i = 0; i < row; ++i) write[i] += scale * read[i];
  };
  const auto walk = [&](const auto& self, std::size_t level, Index a, Index b, Index o) -> void {
    if (level == levels) return row > 1 ? add_row(a, b, o) : at(a, b, o);
    const Loop& loop = kernel.loops[level];
    for (Index i = 0; i < loop.extent; ++i) self(self, level + 1, a + i * loop.a, b + i * loop.b, o + i * loop.out);
  };
  walk(walk, 0, 0, 0, 0);
}

template void run_choice<float>(const ChoiceKernel&, Laned<float>, Laned<float>, float*, Index, Index);
template void run_choice<double>(const ChoiceKernel&, Laned<double>, Laned<double>, double*, Index, Index);
template void run_choice<Quad>(const ChoiceKernel&, Laned<Quad>, Laned<Quad>, Quad*, Index, Index);

}  // namespace invar
