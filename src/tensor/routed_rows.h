// Sparse routing computes the routed rows only. A mask top_k[e](s[… e]) keeps k of E experts for a token: of a value
// with an entry for every token and expert, the other (E − k)/E are zero or of no use (patterns.h). Here such values
// get one row for each kept pair instead, tokens·k in all, sorted by expert: extents stay fixed, elementwise operations
// run over kept rows alone, and a product with an expert's weights is one over the expert's stretch of rows.
#pragma once

#include "tensor/sample_axis.h"

namespace invar {

/// The graph must have no batched nodes; one without top_k comes back as it is.
GraphWithRequests with_routed_rows(const Graph& graph, const std::vector<Request>& requests);

}  // namespace invar
