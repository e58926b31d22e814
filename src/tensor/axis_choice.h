// Which order the axes of each value should have: see axis_order.h. Chosen class by class (axis_classes.h), by trying
// every permutation under a cost model of the kernels that touch the class, all other classes staying as they are; a
// second round lets early classes see what later ones chose.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "tensor/axis_classes.h"
#include "tensor/plan_product.h"

namespace invar {

class AxisChoice {
 public:
  AxisChoice(const Graph& graph, const std::vector<Request>& requests);

  /// Position p of the node in memory is its axis order(id)[p].
  AxisMap order(NodeId id) const;

 private:
  bool is_leaf(NodeId id) const { return graph_[id].operands.empty(); }
  bool pointwise(NodeId id) const;
  void form_classes();
  void improve(NodeId root, const std::vector<NodeId>& members);
  double cost(NodeId root) const;
  double node_cost(NodeId id) const;
  LabelledShape lying(NodeId id, const std::vector<Label>& labels) const;

  const Graph& graph_;
  std::vector<char> needed_;
  AxisClasses classes_;
  std::set<NodeId> pinned_, fixed_;                // nodes; classes
  std::map<NodeId, std::vector<NodeId>> members_;  // of each class
  std::map<NodeId, std::set<NodeId>> touching_;    // nodes whose cost depends on a class
  std::map<NodeId, AxisMap> orders_;               // of classes: position p is the class' axis orders_[p]
};

}  // namespace invar
