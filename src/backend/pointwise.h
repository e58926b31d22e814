// Runs a fused elementwise program tile by tile: a tile is small enough that what one instruction writes is still in
// the first cache level when the next reads it.
#pragma once

#include <vector>

#include "tensor/plan.h"

namespace invar {

/// Scalars of a tile; the registers of a program take this many each.
inline constexpr Index kTileScalars = 512;

template <class S>
struct PointwiseOperands {
  std::vector<S*> memory;         // one a memory slot of the kernel; sources are read only
  std::vector<const S*> gathers;  // one a gather
  S* scratch;                     // registers · tile_scalars(lanes)
};

/// Scalars of a tile for this number of lanes: whole elements.
Index tile_scalars(Index lanes);

template <class S>
void run_pointwise(const PointwiseKernel& kernel, const PointwiseOperands<S>& operands, Index lanes);

}  // namespace invar
