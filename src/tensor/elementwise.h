// The notation's elementwise functions over the graph's: gelu(x) = x/2 · erfc(−x/√2), exact; silu(x) = x · sigmoid(x);
// erf(x) = 1 − erfc(x), so accurate to a rounding of 1, not of erf(x) itself near 0; step(x) = 1 for x > 0, else 0;
// clamp(x, a, b) = min(max(x, a), b).
#pragma once

#include <string_view>

#include "tensor/graph.h"

namespace invar {

/// `name` is an elementwise function of function_table.h; of several arguments each is repeated along the labels that
/// it lacks. `labels` and `shape` are the result's.
NodeId elementwise(Graph& graph, std::string_view name, const std::vector<Operand>& arguments,
                   const std::vector<Label>& labels, const Shape& shape);
double elementwise(std::string_view name, const std::vector<double>& arguments);

/// Of a function of the graph: that of the notation, where it has it.
std::string_view name(Function function);

/// x^exponent, elementwise; exponent ≠ 0, a negative one divides.
NodeId power(Graph& graph, NodeId x, int exponent);

}  // namespace invar
