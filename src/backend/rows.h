// softmax, log-sum-exp and top-k over the middle axis of [outer, extent, inner], each along its lanes (1 without
// samples); one-hot vectors of [outer].
#pragma once

#include "tensor/plan.h"

namespace invar {

/// `active`: a computed 0/1 mask that lies like `in`, or null.
template <class S>
void run_rows(const RowKernel& kernel, const S* in, const S* active, S* out, Index lanes, S* scratch);

/// Scalars of scratch that `run_rows` needs.
Index row_scratch(const RowKernel& kernel, Index lanes);

}  // namespace invar
