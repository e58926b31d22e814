// The sample axis made visible: a graph of one sample becomes a graph of `samples` samples, in which nothing is batched
// and what depends on the sample has them as its first axis. Products with weights then are single large matrix
// products over samples and positions, which suits wide blocks and batches too small to fill vector registers.
#pragma once

#include <vector>

#include "tensor/plan.h"

namespace invar {

struct GraphWithRequests {
  Graph graph;
  std::vector<Request> requests;
};

/// Requested nodes must not be batched. Sample leaves get the shape [samples, …], the weight [samples].
GraphWithRequests with_sample_axis(const Graph& graph, const std::vector<Request>& requests, Index samples);

}  // namespace invar
