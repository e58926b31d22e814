#include "tensor/plan_pointwise.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "error.h"

namespace invar {
namespace {

// Where a broadcast or permuted operand is read, in the order of the output's elements. With a sample axis each element
// is a run of its own: its lanes.
// `term`: the values of labels that the output lacks.
PointwiseKernel::Gather gather_of(const Node& node, const Operand& operand, const Shape& from, const Location& place,
                                  const std::map<Label, Index>& term = {}) {
  std::vector<Index> stride(node.labels.size(), 0);
  PointwiseKernel::Gather gather{place, {}, 1, false};
  Index step = 1, begin = 0;
  for (std::size_t axis = operand.labels.size(); axis-- > 0;) {
    const auto position = static_cast<std::size_t>(
        std::find(node.labels.begin(), node.labels.end(), operand.labels[axis]) - node.labels.begin());
    if (position < stride.size())
      stride[position] += step;
    else
      begin += step * term.at(operand.labels[axis]);
    step *= from[axis];
  }
  if (extent_product(from) > std::numeric_limits<std::int32_t>::max())
    throw InputError("a value of " + std::to_string(extent_product(from)) +
                     " numbers is more than can be addressed; choose smaller sizes, or fewer samples at a time");
  std::size_t outer = node.shape.size();
  if (!node.batched) {
    while (outer > 0 && node.shape[outer - 1] == 1) --outer;
    gather.constant = outer > 0 && stride[outer - 1] == 0;
    while (outer > 0 && (node.shape[outer - 1] == 1 || stride[outer - 1] == (gather.constant ? 0 : gather.run)))
      gather.run *= node.shape[--outer];
  }
  stride.resize(outer);
  gather.offsets =
      offset_table(begin, Shape(node.shape.begin(), node.shape.begin() + static_cast<std::ptrdiff_t>(outer)), stride);
  return gather;
}

class Program {
 public:
  Program(const Graph& graph, const FusedStep& step, const std::function<Location(NodeId)>& place,
          const std::function<bool(NodeId)>& stored)
      : graph_(graph), place_(place), stored_(stored) {
    kernel_.elements = extent_product(graph[step.nodes.front()].shape);
    kernel_.batched = graph[step.nodes.front()].batched;
    for (const NodeId id : step.nodes)
      for (const Operand& operand : graph[id].operands) last_use_[storage_root(graph, operand.node)] = id;
    for (const NodeId id : step.nodes) emit(id);
  }

  PointwiseKernel take() { return std::move(kernel_); }

 private:
  void emit(NodeId id) {
    if (is_short_sum(graph_, id)) return emit_short_sum(id);
    const Node& node = graph_[id];
    std::vector<Slot> sources;
    std::vector<int> temporary;
    for (std::size_t i = 0; i < node.operands.size(); ++i) sources.push_back(source(id, i, temporary));

    // A register whose last reader is this node may become its target: instructions read a tile before they write it.
    for (const int r : temporary) free_.push_back(r);
    for (const Operand& operand : node.operands) {
      const NodeId root = storage_root(graph_, operand.node);
      const auto held = register_of_.find(root);
      if (held != register_of_.end() && last_use_[root] == id) {
        free_.push_back(held->second);
        register_of_.erase(held);
      }
    }
    // A sum of more than two terms writes its target before it has read every source.
    const bool reads_late = node.op == Op::combine && node.operands.size() > 2;
    std::vector<int> withheld;
    if (reads_late) withheld = std::exchange(free_, {});
    const Slot out = target(id);
    free_.insert(free_.end(), withheld.begin(), withheld.end());

    switch (node.op) {
      case Op::apply:
        kernel_.instructions.push_back(
            {.code = Instruction::Code::apply, .function = node.function, .out = out, .a = sources[0], .b = {}});
        break;
      case Op::contract:
        if (sources.size() == 1)
          kernel_.instructions.push_back({.out = out, .a = sources[0], .b = {}, .factor_a = node.coefficients[0]});
        else
          kernel_.instructions.push_back({.code = Instruction::Code::multiply,
                                          .out = out,
                                          .a = sources[0],
                                          .b = sources[1],
                                          .factor_a = node.coefficients[0]});
        break;
      default:
        emit_sum(node, sources, out);
    }
  }

  Slot target(NodeId id) {
    const Slot out = stored_(id) ? memory(place_(id)) : Slot{false, take_register()};
    if (out.memory)
      in_memory_[id] = out;
    else if (last_use_.contains(id))
      register_of_[id] = out.index;
    else
      free_.push_back(out.index);
    return out;
  }

  void emit_short_sum(NodeId id) {
    const Node& node = graph_[id];
    std::map<Label, Index> extents, term;
    for (const Operand& operand : node.operands)
      for (std::size_t axis = 0; axis < operand.labels.size(); ++axis)
        if (std::find(node.labels.begin(), node.labels.end(), operand.labels[axis]) == node.labels.end())
          extents[operand.labels[axis]] = graph_[operand.node].shape[axis];
    for (const auto& [label, extent] : extents) term[label] = 0;
    const Slot factors[2] = {{false, take_register()}, {false, take_register()}};
    const Slot out = target(id);
    for (bool first = true;; first = false) {
      for (std::size_t i = 0; i < 2; ++i) {
        const Operand& operand = node.operands[i];
        kernel_.gathers.push_back(
            gather_of(node, operand, graph_[operand.node].shape, place_(storage_root(graph_, operand.node)), term));
        kernel_.instructions.push_back({.code = Instruction::Code::gather,
                                        .out = factors[i],
                                        .a = {},
                                        .b = {},
                                        .gather = static_cast<int>(kernel_.gathers.size()) - 1});
      }
      kernel_.instructions.push_back({.code = Instruction::Code::multiply,
                                      .out = first ? out : factors[0],
                                      .a = factors[0],
                                      .b = factors[1],
                                      .factor_a = node.coefficients[0]});
      if (!first)
        kernel_.instructions.push_back(
            {.code = Instruction::Code::add, .out = out, .a = out, .b = factors[0], .factor_a = 1.0, .factor_b = 1.0});
      auto next = term.begin();
      while (next != term.end() && ++next->second == extents[next->first]) (next++)->second = 0;
      if (next == term.end()) break;
    }
    for (const Slot& factor : factors) free_.push_back(factor.index);
  }

  void emit_sum(const Node& node, const std::vector<Slot>& sources, Slot out) {
    const double offset = node.coefficients.back();
    if (sources.size() == 1) {
      kernel_.instructions.push_back(
          {.out = out, .a = sources[0], .b = {}, .factor_a = node.coefficients[0], .offset = offset});
      return;
    }
    kernel_.instructions.push_back({.code = Instruction::Code::add,
                                    .out = out,
                                    .a = sources[0],
                                    .b = sources[1],
                                    .factor_a = node.coefficients[0],
                                    .factor_b = node.coefficients[1],
                                    .offset = offset});
    for (std::size_t i = 2; i < sources.size(); ++i)
      kernel_.instructions.push_back({.code = Instruction::Code::add,
                                      .out = out,
                                      .a = out,
                                      .b = sources[i],
                                      .factor_a = 1.0,
                                      .factor_b = node.coefficients[i]});
  }

  Slot source(NodeId id, std::size_t i, std::vector<int>& temporary) {
    const Operand& operand = graph_[id].operands[i];
    const NodeId root = storage_root(graph_, operand.node);
    const bool in_order = reads_in_order(graph_, id, i);
    if (in_order) {
      if (const auto held = register_of_.find(root); held != register_of_.end()) return {false, held->second};
      if (const auto held = in_memory_.find(root); held != in_memory_.end()) return held->second;
      return memory(place_(root));
    }
    const int r = take_register();
    temporary.push_back(r);
    const int gather = static_cast<int>(kernel_.gathers.size());
    kernel_.gathers.push_back(gather_from(id, operand, place_(root)));
    kernel_.instructions.push_back(
        {.code = Instruction::Code::gather, .out = {false, r}, .a = {}, .b = {}, .gather = gather});
    return {false, r};
  }

  PointwiseKernel::Gather gather_from(NodeId id, const Operand& operand, const Location& place) const {
    const Node& node = graph_[id];
    if (node.op != Op::apply) return gather_of(node, operand, graph_[operand.node].shape, place);
    return {place, offset_table(0, {kernel_.elements}, {1}), 1, false};
  }

  Slot memory(const Location& place) {
    const auto found = std::find(kernel_.memory.begin(), kernel_.memory.end(), place);
    const auto index = static_cast<int>(found - kernel_.memory.begin());
    if (found == kernel_.memory.end()) kernel_.memory.push_back(place);
    return {true, index};
  }

  int take_register() {
    if (free_.empty()) return kernel_.registers++;
    const int r = free_.back();
    free_.pop_back();
    return r;
  }

  const Graph& graph_;
  const std::function<Location(NodeId)>& place_;
  const std::function<bool(NodeId)>& stored_;
  PointwiseKernel kernel_;
  std::map<NodeId, NodeId> last_use_;
  std::map<NodeId, int> register_of_;
  std::map<NodeId, Slot> in_memory_;
  std::vector<int> free_;
};

}  // namespace

PointwiseKernel pointwise_kernel(const Graph& graph, const FusedStep& step,
                                 const std::function<Location(NodeId)>& place,
                                 const std::function<bool(NodeId)>& stored) {
  return Program(graph, step, place, stored).take();
}

PointwiseKernel copy_kernel(const Graph& graph, NodeId node, const Location& from, const Location& to) {
  PointwiseKernel kernel;
  kernel.elements = extent_product(graph[node].shape);
  kernel.batched = graph[node].batched;
  kernel.memory = {to, from};
  kernel.instructions.push_back({.out = {true, 0}, .a = {true, 1}, .b = {}});
  return kernel;
}

}  // namespace invar
