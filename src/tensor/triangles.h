// Causal attention's masks make half of a matrix zero: which values are zero above a diagonal, and which are not looked
// at there. A product then need not run over that half.
#pragma once

#include "tensor/patterns.h"

namespace invar {

/// Patterns of the entries with index[axes[0]] <= index[axes[1]].
Patterns find_triangles(const Graph& graph, const std::vector<Request>& requests);

}  // namespace invar
