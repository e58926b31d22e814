#include "tensor/plan_recompute.h"

#include <algorithm>
#include <map>
#include <set>

namespace invar {
namespace {

constexpr Index kFewElements = 4096;  // these stay in the first cache level
constexpr Index kMuchFewer = 16;      // an operand that is broadcast so often costs no reading

class Recomputation {
 public:
  Recomputation(const Graph& graph, const std::vector<NodeId>& outputs, KernelOrder& order)
      : graph_(graph), order_(order) {
    for (std::size_t step = 0; step < order_.steps.size(); ++step)
      for (const NodeId id : order_.steps[step].nodes)
        for (const NodeId source : read_by(graph_, id)) reads_[root(source)].push_back({id, static_cast<int>(step)});
    std::set<NodeId> kept;
    for (const NodeId id : outputs) kept.insert(root(id));
    for (const auto& [id, step] : order_.step_of)
      if (!kept.contains(id) && may_be(id)) again_.insert(id);
    for (const auto& [source, reads] : reads_)
      for (const auto& [reader, step] : reads)
        if (step != home(source) && !(pointwise(step) && in_order(reader, source))) again_.erase(source);
    while (std::erase_if(again_, [this](NodeId id) { return !everywhere(id); }) > 0) {
    }
  }

  void apply() {
    std::vector<std::set<NodeId>> added(order_.steps.size());
    for (const NodeId source : again_)
      for (const auto& [reader, step] : reads_[source])
        if (step != home(source)) add(source, step, added[static_cast<std::size_t>(step)]);
    for (std::size_t step = 0; step < order_.steps.size(); ++step) {
      std::vector<NodeId>& nodes = order_.steps[step].nodes;
      nodes.insert(nodes.end(), added[step].begin(), added[step].end());
      std::sort(nodes.begin(), nodes.end());
    }
    for (const NodeId id : std::vector<NodeId>(again_.rbegin(), again_.rend())) drop_unless_read(id);
  }

 private:
  NodeId root(NodeId id) const { return storage_root(graph_, id); }
  int home(NodeId id) const {
    const auto found = order_.step_of.find(id);
    return found == order_.step_of.end() ? -1 : found->second;
  }
  bool pointwise(int step) const { return order_.steps[static_cast<std::size_t>(step)].pointwise; }
  Index elements(NodeId id) const { return extent_product(graph_[id].shape); }

  bool may_be(NodeId id) const {
    const Node& node = graph_[id];
    return !node.batched && elements(id) > kFewElements && is_elementwise(graph_, id);
  }

  bool in_order(NodeId reader, NodeId source) const {
    for (std::size_t i = 0; i < graph_[reader].operands.size(); ++i)
      if (root(graph_[reader].operands[i].node) == source && !reads_in_order(graph_, reader, i)) return false;
    return true;
  }

  /// Can all readers outside compute it from what they read anyway?
  bool everywhere(NodeId id) const {
    const auto found = reads_.find(id);
    return found == reads_.end() || std::all_of(found->second.begin(), found->second.end(), [&](const Read& read) {
             return read.step == home(id) || from_reads(id, read.step);
           });
  }

  bool from_reads(NodeId id, int step) const {
    for (std::size_t i = 0; i < graph_[id].operands.size(); ++i) {
      const NodeId source = root(graph_[id].operands[i].node);
      if (elements(source) * kMuchFewer <= elements(id) && !again_.contains(source)) continue;
      if (!reads_in_order(graph_, id, i)) return false;
      if (home(source) == step) continue;
      if (again_.contains(source) ? !from_reads(source, step) : !is_read(source, step)) return false;
    }
    return true;
  }

  bool is_read(NodeId source, int step) const {
    const auto found = reads_.find(source);
    return found != reads_.end() && std::any_of(found->second.begin(), found->second.end(), [&](const Read& read) {
             return read.step == step && in_order(read.reader, source);
           });
  }

  void add(NodeId id, int step, std::set<NodeId>& added) const {
    if (home(id) == step || !added.insert(id).second) return;
    for (const Operand& operand : graph_[id].operands)
      if (again_.contains(root(operand.node))) add(root(operand.node), step, added);
  }

  void drop_unless_read(NodeId id) {
    std::vector<NodeId>& nodes = order_.steps[static_cast<std::size_t>(home(id))].nodes;
    const bool read = std::any_of(nodes.begin(), nodes.end(), [&](NodeId reader) {
      const std::vector<NodeId> sources = read_by(graph_, reader);
      return std::any_of(sources.begin(), sources.end(), [&](NodeId source) { return root(source) == id; });
    });
    if (!read) std::erase(nodes, id);
  }

  struct Read {
    NodeId reader;
    int step;
  };
  const Graph& graph_;
  KernelOrder& order_;
  std::map<NodeId, std::vector<Read>> reads_;  // of each value
  std::set<NodeId> again_;
};

}  // namespace

void recompute_values(const Graph& graph, const std::vector<NodeId>& outputs, KernelOrder& order) {
  Recomputation(graph, outputs, order).apply();
}

}  // namespace invar
