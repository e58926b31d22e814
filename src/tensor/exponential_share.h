// Shares of a whole, x_e / Σ_f x_f, where x is an exponential or a sigmoid: as softmax of its logarithm. Where every x
// underflows, or one overflows, the quotient itself would be 0/0 or ∞/∞, though the shares are ordinary numbers.
#pragma once

#include <vector>

#include "tensor/graph.h"

namespace invar {

/// Replaces, among the factors of a product, each x and 1/Σ x that belong together by one softmax; x may be exp(s),
/// sigmoid(s), or one of them times a mask of top_k. Returns the number by which the product must be multiplied, for
/// sums with a factor. Factors that are no such pair stay as they are.
Number join_shares(Graph& graph, std::vector<Operand>& factors);

}  // namespace invar
