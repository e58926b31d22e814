// Values whose axes should lie in the same order: those that elementwise operations, softmax and the like join. A class
// has axes of its own; each member says which of them its axes are.
#pragma once

#include <vector>

#include "tensor/graph.h"

namespace invar {

using AxisMap = std::vector<int>;

class AxisClasses {
 public:
  explicit AxisClasses(NodeId nodes);

  /// Axis i of `a` is axis `to_b[i]` of `b`. Nothing happens where they are joined already.
  void join(NodeId a, NodeId b, const AxisMap& to_b);

  /// A class is named by one of its members, whose axes are its own.
  NodeId class_of(NodeId node) const { return entries_[static_cast<std::size_t>(node)].root; }
  /// The class' axis of each of the node's.
  const AxisMap& map_of(NodeId node) const { return entries_[static_cast<std::size_t>(node)].to_root; }

  /// Gives a node that has none yet a class of its own.
  void add(NodeId node, std::size_t rank);

 private:
  struct Entry {
    NodeId root = kNoNode;
    AxisMap to_root;
    std::vector<NodeId> members;  // of a root
  };
  std::vector<Entry> entries_;
};

}  // namespace invar
