// Elementwise values that are computed again where they are read, from what is read there anyway, instead of being
// stored: memory, not arithmetic, limits elementwise kernels over values that have left the cache.
#pragma once

#include "tensor/plan_order.h"

namespace invar {

/// Adds such values to the steps that read them, and takes those that nobody else needs out of their own. Only values
/// without a sample axis: those with one are small.
void recompute_values(const Graph& graph, const std::vector<NodeId>& outputs, KernelOrder& order);

}  // namespace invar
