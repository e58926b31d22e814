// The notation's elementwise functions over the graph's: gelu(x) = x/2 · erfc(−x/√2), exact; silu(x) = x · sigmoid(x);
// erf(x) = 1 − erfc(x), so accurate to a rounding of 1, not of erf(x) itself near 0; step(x) = 1 for x > 0, else 0.
#pragma once

#include <string_view>

#include "tensor/graph.h"

namespace invar {

/// `name` is an elementwise function of function_table.h.
NodeId elementwise(Graph& graph, std::string_view name, NodeId x);
double elementwise(std::string_view name, double x);

/// Of a function of the graph: that of the notation, where it has it.
std::string_view name(Function function);

/// x^exponent, elementwise; exponent ≠ 0, a negative one divides.
NodeId power(Graph& graph, NodeId x, int exponent);

}  // namespace invar
