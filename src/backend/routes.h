// Which rows each expert has: the numbers that sort the kept pairs of a mask by expert, and their stretches.
#pragma once

#include <algorithm>

#include "tensor/plan.h"

namespace invar {

/// Op::routes: from a mask [outer, extent] to [outer·k] integers. Of a mask with more ones the last are left out; where
/// it has fewer, as where scores are no numbers, what is left names no token, no pair and no expert.
template <class S>
void run_routes(const RowKernel& kernel, const S* mask, S* out) {
  const Index count = kernel.outer * kernel.k;
  Index row = 0;
  for (Index expert = 0; expert < kernel.extent; ++expert)
    for (Index token = 0; token < kernel.outer && row < count; ++token) {
      if (mask[token * kernel.extent + expert] == S(0)) continue;
      out[row++] = static_cast<S>(kernel.which == 0   ? token
                                  : kernel.which == 1 ? expert
                                                      : token * kernel.extent + expert);
    }
  std::fill(out + row, out + count, kernel.which == 1 ? static_cast<S>(kernel.extent) : S(-1));
}

struct Stretch {
  Index first = 0, count = 0;
};

/// Where `count` ascending integers equal `entry`.
template <class S>
Stretch stretch_of(const S* integers, Index count, Index entry) {
  const S* end = integers + count;
  const S* first = std::lower_bound(integers, end, static_cast<S>(entry));
  return {first - integers, std::lower_bound(first, end, static_cast<S>(entry + 1)) - first};
}

}  // namespace invar
