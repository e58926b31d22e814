#include "tensor/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "tensor/plan_choice.h"
#include "tensor/plan_memory.h"
#include "tensor/plan_order.h"
#include "tensor/plan_pointwise.h"
#include "tensor/plan_product.h"
#include "tensor/plan_recompute.h"

namespace invar {
namespace {

// Unbatched pieces start on cache lines (8 doubles), so that tiles of different tensors never share one.
constexpr Index kUnbatchedGranule = 16;

/// Of each row; empty if a one comes after a zero.
std::vector<Index> first_ones(const std::vector<double>& mask, Index extent) {
  std::vector<Index> result;
  for (auto row = mask.begin(); row != mask.end(); row += extent) {
    const auto end = std::find(row, row + extent, 0.0);
    if (std::any_of(end, row + extent, [](double value) { return value != 0.0; })) return {};
    result.push_back(end - row);
  }
  return result;
}

class Planner {
 public:
  Planner(const Graph& graph, const std::vector<Request>& requests)
      : graph_(graph), requests_(requests), triangles_(find_triangles(graph, requests)) {
    std::vector<NodeId> outputs;
    for (const Request& request : requests)
      if (request.node != kNoNode) outputs.push_back(request.node);
    order_ = order_kernels(graph, outputs);
    recompute_values(graph, outputs, order_);
  }

  KernelPlan make() {
    find_readers();
    place_outputs();
    place_leaves();
    place_intermediates();
    for (const FusedStep& step : order_.steps)
      if (!step.nodes.empty()) emit(step);
    emit_copies();
    return std::move(plan_);
  }

 private:
  bool computed(NodeId root) const { return order_.step_of.contains(root); }

  void find_readers() {
    for (std::size_t step = 0; step < order_.steps.size(); ++step) {
      const std::vector<NodeId>& nodes = order_.steps[step].nodes;
      for (const NodeId id : nodes)
        for (const NodeId source : read_by(graph_, id)) {
          const NodeId root = storage_root(graph_, source);
          if (!computed(root) || std::find(nodes.begin(), nodes.end(), root) != nodes.end()) continue;
          last_read_[root] = std::max(last_read_[root], static_cast<int>(step));
          stored_.insert(root);
        }
    }
  }

  // A requested value is computed where the caller wants it; a second request, or one of a leaf, is a copy.
  void place_outputs() {
    for (const Request& request : requests_) {
      if (request.node == kNoNode) {
        plan_.zeros.push_back({request.vector, request.offset, request.size});
        continue;
      }
      const NodeId root = storage_root(graph_, request.node);
      const Location place{Location::Where::output, graph_[root].batched, request.vector, request.offset};
      if (computed(root) && !places_.contains(root)) {
        places_[root] = place;
        stored_.insert(root);
      } else {
        copies_.emplace_back(root, place);
      }
    }
  }

  void place_leaves() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      if (!order_.needed[static_cast<std::size_t>(id)]) continue;
      const Node& node = graph_[id];
      if (node.op == Op::variable) places_[id] = {Location::Where::variable, false, node.slot, node.offset};
      if (node.op == Op::sample) places_[id] = {Location::Where::sample, node.batched, node.slot, 0};
      if (node.op == Op::constant) {
        places_[id] = {Location::Where::constant, false, 0, static_cast<Index>(plan_.constants.size())};
        plan_.constants.insert(plan_.constants.end(), node.values->begin(), node.values->end());
      }
    }
  }

  void place_intermediates() {
    for (const bool batched : {true, false}) {
      std::vector<NodeId> roots;
      std::vector<Lifetime> pieces;
      for (const auto& [id, step] : order_.step_of) {
        if (graph_[id].batched != batched || places_.contains(id) || !stored_.contains(id)) continue;
        roots.push_back(id);
        pieces.push_back({extent_product(graph_[id].shape), step, std::max(step, last_read_[id])});
      }
      Index& arena = batched ? plan_.batched_arena : plan_.unbatched_arena;
      const std::vector<Index> offsets = assign_offsets(pieces, batched ? 1 : kUnbatchedGranule, arena);
      for (std::size_t i = 0; i < roots.size(); ++i)
        places_[roots[i]] = {Location::Where::arena, batched, 0, offsets[i]};
    }
  }

  Location place(NodeId id) const { return places_.at(storage_root(graph_, id)); }

  void emit(const FusedStep& step) {
    if (step.pointwise) {
      append_pointwise(pointwise_kernel(
          graph_, step, [this](NodeId id) { return place(id); }, [this](NodeId id) { return stored_.contains(id); }));
      return;
    }
    const NodeId id = step.nodes.front();
    const Node& node = graph_[id];
    if (const int chosen = one_hot_operand(graph_, id); chosen >= 0) {
      ChoiceKernel kernel = choice_kernel(graph_, id, chosen);
      const std::vector<NodeId> sources = read_by(graph_, id);
      kernel.integers = place(sources[static_cast<std::size_t>(chosen)]);
      kernel.other = place(sources[static_cast<std::size_t>(1 - chosen)]);
      kernel.out = place(id);
      plan_.kernels.push_back({Kernel::Kind::choice, plan_.choices.size()});
      plan_.choices.push_back(std::move(kernel));
      return;
    }
    if (node.op == Op::contract) {
      int order[2];
      ProductKernel kernel = product_kernel(graph_, triangles_, id, order);
      if (order[0] >= 0) kernel.a = place(node.operands[static_cast<std::size_t>(order[0])].node);
      kernel.b = place(node.operands[static_cast<std::size_t>(order[1])].node);
      kernel.out = place(id);
      if (kernel.stretched != ProductSide::none) kernel.integers = place(read_by(graph_, id)[2]);
      double flops = 2.0 * static_cast<double>(kernel.rows.extent * kernel.columns.extent * kernel.sum.extent);
      for (const Loop& loop : kernel.outer) flops *= static_cast<double>(loop.extent);
      for (const Loop& loop : kernel.outer_sum) flops *= static_cast<double>(loop.extent);
      if (kernel.low != ProductSide::none) {
        const double extent = static_cast<double>(kernel.low == ProductSide::rows      ? kernel.rows.extent
                                                  : kernel.low == ProductSide::columns ? kernel.columns.extent
                                                                                       : kernel.sum.extent);
        flops *= (extent + 1.0) / (2.0 * extent);
      }
      (kernel.a.batched || kernel.b.batched ? plan_.flops_per_sample : plan_.flops_fixed) += flops;
      plan_.kernels.push_back({Kernel::Kind::product, plan_.products.size()});
      plan_.products.push_back(std::move(kernel));
      return;
    }
    RowKernel kernel;
    kernel.op = node.op;
    const Node& in = graph_[node.operands[0].node];
    kernel.in = place(node.operands[0].node);
    kernel.out = place(id);
    if (node.op == Op::one_hot) {
      kernel.outer = extent_product(in.shape);
      kernel.extent = node.k;
    } else if (node.op == Op::routes) {
      kernel.outer = in.shape[0];
      kernel.extent = in.shape[1];
    } else {
      for (Index axis = 0; axis < static_cast<Index>(in.shape.size()); ++axis) {
        const Index extent = in.shape[static_cast<std::size_t>(axis)];
        (axis < node.axis ? kernel.outer : axis == node.axis ? kernel.extent : kernel.inner) *= extent;
      }
    }
    kernel.k = node.k;
    kernel.which = node.slot;
    if (node.operands.size() == 2) {
      kernel.mask = graph_[node.operands[1].node].values;
      if (!kernel.mask)
        kernel.active = place(node.operands[1].node);
      else if (kernel.inner == 1)
        kernel.first_ones = first_ones(*kernel.mask, kernel.extent);
    }
    plan_.kernels.push_back({Kernel::Kind::row, plan_.rows.size()});
    plan_.rows.push_back(std::move(kernel));
  }

  void emit_copies() {
    for (const auto& [root, to] : copies_) append_pointwise(copy_kernel(graph_, root, place(root), to));
  }

  void append_pointwise(PointwiseKernel kernel) {
    plan_.kernels.push_back({Kernel::Kind::pointwise, plan_.pointwise.size()});
    plan_.pointwise.push_back(std::move(kernel));
  }

  const Graph& graph_;
  const std::vector<Request>& requests_;
  Patterns triangles_;
  KernelOrder order_;
  KernelPlan plan_;
  std::map<NodeId, int> last_read_;
  std::set<NodeId> stored_;
  std::map<NodeId, Location> places_;
  std::vector<std::pair<NodeId, Location>> copies_;
};

}  // namespace

KernelPlan make_plan(const Graph& graph, const std::vector<Request>& requests) {
  return Planner(graph, requests).make();
}

}  // namespace invar
