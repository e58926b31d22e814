// Where a walk over a tensor reads: the layers of a net, the plans of its gradient and its Hessian and the runs of a
// ladder walk alike, and share one table.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tensor/layout.h"

namespace invar {

using OffsetTable = std::shared_ptr<const std::vector<std::int32_t>>;

/// begin + Σ stride · index for all indices below `extents`, row-major. It is the same table for the same walk, while
/// anything holds it; any thread may ask. No offset may be above 2^31 − 1.
OffsetTable offset_table(Index begin, const std::vector<Index>& extents, const std::vector<Index>& strides);

}  // namespace invar
