// A graph made anew, node by node, from the nodes that its requests need.
#pragma once

#include <vector>

#include "tensor/sample_axis.h"

namespace invar {

/// Nodes that the requests need, one flag a node.
inline std::vector<char> needed_nodes(const Graph& graph, const std::vector<Request>& requests) {
  std::vector<char> needed(static_cast<std::size_t>(graph.size()), 0);
  for (const Request& request : requests)
    if (request.node != kNoNode) needed[static_cast<std::size_t>(request.node)] = 1;
  for (NodeId id = graph.size() - 1; id >= 0; --id)
    if (needed[static_cast<std::size_t>(id)])
      for (const Operand& operand : graph[id].operands) needed[static_cast<std::size_t>(operand.node)] = 1;
  return needed;
}

/// `make(new graph, old id, new operands)` returns the new node.
template <class Make>
GraphWithRequests rebuild(const Graph& graph, const std::vector<Request>& requests, Make make) {
  const std::vector<char> needed = needed_nodes(graph, requests);
  GraphWithRequests result{{}, requests};
  std::vector<NodeId> made(static_cast<std::size_t>(graph.size()), kNoNode);
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (!needed[static_cast<std::size_t>(id)]) continue;
    std::vector<NodeId> operands;
    for (const Operand& operand : graph[id].operands) operands.push_back(made[static_cast<std::size_t>(operand.node)]);
    made[static_cast<std::size_t>(id)] = make(result.graph, id, operands);
  }
  for (Request& request : result.requests)
    if (request.node != kNoNode) request.node = made[static_cast<std::size_t>(request.node)];
  return result;
}

}  // namespace invar
