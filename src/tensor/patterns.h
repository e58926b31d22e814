// Where values are zero, and where nobody looks at them, for reasons that the graph shows: the zeros of a softmax with
// a mask, or of a mask of chosen entries, make zero what they multiply, and useless what is multiplied by them.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "tensor/plan.h"

namespace invar {

/// Some of a node's entries, by the indices of some of its axes. Which of these indices belong, the search does not
/// ask.
struct Pattern {
  NodeId mask = kNoNode;
  std::vector<std::size_t> axes;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

/// One a node of the graph, where there is one. Nodes with a sample axis have none.
struct Patterns {
  using List = std::vector<std::optional<Pattern>>;
  /// Exactly zero outside.
  List zero;
  /// Outside, whatever is finite will do.
  List wanted;
};

/// The pattern outside which a softmax or top_k node is zero; none, if it is not known.
using PatternSource = std::function<std::optional<Pattern>(NodeId)>;

Patterns find_patterns(const Graph& graph, const std::vector<Request>& requests, const PatternSource& source);

}  // namespace invar
