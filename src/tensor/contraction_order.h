// A product of many tensors as products of two, in the order that costs the fewest multiplications.
//
// The search is exact for up to eight factors: the cheapest split of every subset, from small subsets to large ones
// (Pfeifer, Haegeman, Verstraete, arXiv 1304.6112, without their pruning). More factors are first joined greedily to
// eight. A product in which a factor depends on the sample counts for a batch of samples, so products of parameters
// alone come first where that pays. Ties go to the smaller intermediates, then to the factors that stand first.
#pragma once

#include "tensor/graph.h"

namespace invar {

/// scale · Σ over the labels not in `out` of the factors' product. At least one factor; `out_shape` gives out's
/// extents.
NodeId contract_product(Graph& graph, std::vector<Operand> factors, std::vector<Label> out, Shape out_shape,
                        Number scale = 1.0);

}  // namespace invar
