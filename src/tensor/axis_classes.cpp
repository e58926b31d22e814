#include "tensor/axis_classes.h"

#include <numeric>

namespace invar {

AxisClasses::AxisClasses(NodeId nodes) : entries_(static_cast<std::size_t>(nodes)) {}

void AxisClasses::add(NodeId node, std::size_t rank) {
  Entry& entry = entries_[static_cast<std::size_t>(node)];
  if (entry.root != kNoNode) return;
  entry.root = node;
  entry.to_root.resize(rank);
  std::iota(entry.to_root.begin(), entry.to_root.end(), 0);
  entry.members = {node};
}

void AxisClasses::join(NodeId a, NodeId b, const AxisMap& to_b) {
  const NodeId kept = class_of(a), lost = class_of(b);
  if (kept == lost) return;
  const AxisMap &from_a = map_of(a), &from_b = map_of(b);
  AxisMap lost_to_kept(from_a.size());
  for (std::size_t i = 0; i < from_a.size(); ++i)
    lost_to_kept[static_cast<std::size_t>(from_b[static_cast<std::size_t>(to_b[i])])] = from_a[i];
  const std::vector<NodeId> members = std::move(entries_[static_cast<std::size_t>(lost)].members);
  for (const NodeId member : members) {
    Entry& entry = entries_[static_cast<std::size_t>(member)];
    entry.root = kept;
    for (int& axis : entry.to_root) axis = lost_to_kept[static_cast<std::size_t>(axis)];
  }
  auto& all = entries_[static_cast<std::size_t>(kept)].members;
  all.insert(all.end(), members.begin(), members.end());
}

}  // namespace invar
