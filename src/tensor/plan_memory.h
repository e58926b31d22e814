// Where intermediate values lie: first fit over the steps during which they live.
#pragma once

#include <map>
#include <vector>

#include "tensor/layout.h"

namespace invar {

struct Lifetime {
  Index size = 0;
  int first = 0, last = 0;  // steps, both inclusive
};

/// Offsets of the pieces, in their order, and the arena's size; two pieces overlap only if their lifetimes do not.
/// Sizes are rounded up to multiples of `granule`.
std::vector<Index> assign_offsets(const std::vector<Lifetime>& pieces, Index granule, Index& arena);

}  // namespace invar
