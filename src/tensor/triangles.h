// Causal attention's masks make half of a matrix zero: which values are zero above a diagonal, and which are not looked
// at there. A product then need not run over that half.
#pragma once

#include <optional>
#include <vector>

#include "tensor/plan.h"

namespace invar {

/// The entries with index[low] <= index[high]; low and high are axes of a node.
struct Triangle {
  std::size_t low = 0, high = 0;
  friend bool operator==(const Triangle&, const Triangle&) = default;
};

/// One a node of the graph, where there is one. Nodes with a sample axis have none.
struct Triangles {
  /// Exactly zero outside.
  std::vector<std::optional<Triangle>> zero;
  /// Outside, whatever is finite will do.
  std::vector<std::optional<Triangle>> wanted;
};

Triangles find_triangles(const Graph& graph, const std::vector<Request>& requests);

}  // namespace invar
