// Plans of random graphs: their values are those of the definition whatever is fused, shared, copied or overlaid, and
// no value is overwritten while it is still read.
#include "tensor/plan.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "models/registry.h"
#include "tensor/block.h"
#include "tensor/derivative.h"
#include "tensor/loss.h"
#include "tensor/plan_memory.h"
#include "tests/backend/random_graph.h"
#include "tests/models/block_cases.h"

using namespace invar;
using namespace invar::oracle;

namespace {

/// A graph with requests of all kinds: vector 0 holds what has no sample axis, vector 1 what has.
struct Planned {
  RandomGraph source;
  std::vector<Request> requests;
  Index sizes[2] = {0, 0};

  Planned(Random& random, int operations) : source(random, operations) {
    std::vector<NodeId> wanted{source.nodes.back()};
    for (int i = 0; i < 4; ++i)
      wanted.push_back(source.nodes[static_cast<std::size_t>(below(random, static_cast<Index>(source.nodes.size())))]);
    wanted.push_back(wanted[1]);  // twice
    for (const NodeId node : wanted) {
      const int vector = source.graph[node].batched ? 1 : 0;
      requests.push_back({node, vector, sizes[vector], 0});
      sizes[vector] += extent_product(source.graph[node].shape) + 1;  // a gap that nobody may write
    }
    requests.push_back({kNoNode, 0, sizes[0], 3});
    sizes[0] += 4;
  }
};

template <class S>
void check(const Planned& planned, const KernelPlan& plan, const Numbers& theta, const SampleArrays& samples,
           BatchOracle& oracle, double tolerance) {
  CAPTURE(sizeof(S), samples.count);
  const PlanRun<S> found = run_plan<S>(plan, theta, samples, {{planned.sizes[0], false}, {planned.sizes[1], true}});
  std::vector<std::vector<char>> written{std::vector<char>(found.outputs[0].size(), 0),
                                         std::vector<char>(found.outputs[1].size(), 0)};
  for (const Request& request : planned.requests) {
    const auto vector = static_cast<std::size_t>(request.vector);
    if (request.node == kNoNode) {
      for (Index i = 0; i < request.size; ++i) {
        CHECK(found.outputs[vector][static_cast<std::size_t>(request.offset + i)] == S(0));
        written[vector][static_cast<std::size_t>(request.offset + i)] = 1;
      }
      continue;
    }
    const Node& node = planned.source.graph[request.node];
    const Index lanes = node.batched ? found.lanes : 1;
    double difference = 0.0, size = 0.0;
    for (Index e = 0; e < extent_product(node.shape); ++e) {
      for (Index lane = 0; lane < lanes; ++lane)
        written[vector][static_cast<std::size_t>((request.offset + e) * lanes + lane)] = 1;
      for (Index s = 0; s < (node.batched ? samples.count : 1); ++s) {
        const double expected = oracle.value(request.node, s)[static_cast<std::size_t>(e)];
        const double number =
            static_cast<double>(found.outputs[vector][static_cast<std::size_t>((request.offset + e) * lanes + s)]);
        difference = std::max(difference, std::isnan(number) ? 1e300 : std::abs(number - expected));
        size = std::max(size, std::abs(expected));
      }
    }
    CAPTURE(request.node, static_cast<int>(node.op));
    CHECK(difference <= tolerance * std::max(size, 1.0));
  }
  bool untouched = true;
  for (std::size_t vector = 0; vector < 2; ++vector)
    for (std::size_t i = 0; i < written[vector].size(); ++i)
      untouched = untouched && (written[vector][i] || found.outputs[vector][i] != found.outputs[vector][i]);
  CHECK(untouched);
}

/// Follows a plan through its arenas. Each element remembers which write it comes from; who reads a value must find all
/// of it as it was written, at the place where it was written.
class ArenaWatch {
 public:
  explicit ArenaWatch(const KernelPlan& plan) : plan_(plan) {
    unbatched_.resize(static_cast<std::size_t>(plan.unbatched_arena));
    batched_.resize(static_cast<std::size_t>(plan.batched_arena));
    for (const Kernel& kernel : plan.kernels) run(kernel);
  }

  std::string trouble;

 private:
  struct Element {
    int write = -1;     // the number of the kernel
    Index offset = -1;  // where the value begins
    Index size = 0;     // of the value
  };

  static Index span(const std::vector<Loop>& loops, Index Loop::*stride) {
    Index last = 0;
    for (const Loop& loop : loops) last += (loop.extent - 1) * (loop.*stride);
    return last + 1;
  }

  void run(const Kernel& kernel) {
    ++number_;
    switch (kernel.kind) {
      case Kernel::Kind::product: {
        const ProductKernel& product = plan_.products[kernel.index];
        std::vector<Loop> loops{product.rows, product.columns, product.sum};
        loops.insert(loops.end(), product.outer.begin(), product.outer.end());
        loops.insert(loops.end(), product.outer_sum.begin(), product.outer_sum.end());
        read(product.a, span(loops, &Loop::a));
        read(product.b, span(loops, &Loop::b));
        write(product.out, span(loops, &Loop::out));
        break;
      }
      case Kernel::Kind::choice: {
        const ChoiceKernel& choice = plan_.choices[kernel.index];
        read(choice.integers, span(choice.loops, &Loop::a));
        read(choice.other, span(choice.loops, &Loop::b) + (choice.extent - 1) * choice.other_stride);
        write(choice.out, choice.elements);
        break;
      }
      case Kernel::Kind::row: {
        const RowKernel& row = plan_.rows[kernel.index];
        const Index size = row.outer * row.extent * row.inner;
        read(row.in, row.op == Op::one_hot ? row.outer : size);
        read(row.active, size);
        write(row.out, row.op == Op::log_sum_exp ? row.outer * row.inner : size);
        break;
      }
      case Kernel::Kind::pointwise:
        return pointwise(plan_.pointwise[kernel.index]);
    }
  }

  // A tile runs through all instructions before the next: what the kernel itself writes is read in place or not at all,
  // so every write must stay clear of every value from before that it still reads.
  void pointwise(const PointwiseKernel& kernel) {
    std::set<int> own;
    std::vector<std::pair<Location, Index>> reads;
    for (const Instruction& instruction : kernel.instructions) {
      if (instruction.code == Instruction::Code::gather) {
        const PointwiseKernel::Gather& gather = kernel.gathers[static_cast<std::size_t>(instruction.gather)];
        Index last = 0;
        for (const std::int32_t offset : *gather.offsets) last = std::max<Index>(last, offset);
        reads.emplace_back(gather.from, last + (gather.constant ? 1 : gather.run));
      } else {
        for (const Slot& slot : {instruction.a, instruction.b})
          if (slot.memory && !own.contains(slot.index))
            reads.emplace_back(kernel.memory[static_cast<std::size_t>(slot.index)], kernel.elements);
      }
      if (instruction.out.memory) own.insert(instruction.out.index);
    }
    for (const auto& [from, size] : reads) read(from, size);
    for (const int slot : own) {
      const Location& to = kernel.memory[static_cast<std::size_t>(slot)];
      for (const auto& [from, size] : reads)
        if (same_arena(from, to) && from.offset < to.offset + kernel.elements && to.offset < from.offset + size)
          complain("an elementwise kernel writes over what it reads");
      write(to, kernel.elements);
    }
  }

  static bool same_arena(const Location& a, const Location& b) {
    return a.where == Location::Where::arena && b.where == Location::Where::arena && a.batched == b.batched;
  }

  std::vector<Element>& arena(const Location& place) { return place.batched ? batched_ : unbatched_; }

  void read(const Location& from, Index size) {
    if (from.where != Location::Where::arena) return;
    std::vector<Element>& elements = arena(from);
    const Element& first = elements.at(static_cast<std::size_t>(from.offset));
    if (first.write < 0 || first.offset != from.offset || size > first.size)
      return complain("reads what was not written, or not there");
    for (Index i = 0; i < first.size; ++i) {
      const Element& element = elements.at(static_cast<std::size_t>(from.offset + i));
      if (element.write != first.write || element.offset != from.offset)
        return complain("reads a value that was partly overwritten");
    }
  }

  void write(const Location& to, Index size) {
    if (to.where != Location::Where::arena) return;
    for (Index i = 0; i < size; ++i) arena(to).at(static_cast<std::size_t>(to.offset + i)) = {number_, to.offset, size};
  }

  void complain(const std::string& what) {
    if (trouble.empty()) trouble = "kernel " + std::to_string(number_) + " " + what;
  }

  const KernelPlan& plan_;
  std::vector<Element> batched_, unbatched_;
  int number_ = -1;
};

}  // namespace

TEST_CASE("the plan of any graph computes its values, and writes nothing else") {
  Random random(30);
  std::map<Op, int> seen;
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const Planned planned(random, 5 + static_cast<int>(below(random, 35)));
    const Graph& graph = planned.source.graph;
    for (NodeId id = 0; id < graph.size(); ++id) ++seen[graph[id].op];
    const KernelPlan plan = make_plan(graph, planned.requests);
    CHECK(ArenaWatch(plan).trouble == "");
    const Numbers theta = normal(random, planned.source.parameters);
    for (const Index count : {Index{1}, Index{9}, Index{40}}) {
      const SampleArrays samples{count, planned.source.input, planned.source.target,
                                 normal(random, count * planned.source.input),
                                 normal(random, count * planned.source.target)};
      BatchOracle oracle(graph, theta, samples);
      check<double>(planned, plan, theta, samples, oracle, 1e-12);
      check<float>(planned, plan, theta, samples, oracle, 1e-3);
      if (count == 9) check<Quad>(planned, plan, theta, samples, oracle, 1e-12);
    }
  }
  CHECK(seen.size() == 11);  // every operation
}

TEST_CASE("no value of any model's gradient or Hessian-vector product is overwritten before it is read") {
  for (const BlockCase& one : block_cases())
    for (const Loss loss : {Loss::squared, Loss::cross_entropy}) {
      CAPTURE(one.name);
      BlockCase chosen = loss == Loss::squared ? one : behind_readout(one);
      const Block block = read_block(chosen.text.text, chosen.known, chosen.name, built_in_blocks());
      Graph graph = block.graph;
      const NodeId cost = append_cost(graph, block.output, loss);
      const std::vector<NodeId> slopes = gradient(graph, cost, block.parameter_nodes);
      std::vector<NodeId> directions;
      for (const Tensor& tensor : block.parameters.tensors()) directions.push_back(graph.variable(tensor, 1));
      const std::vector<NodeId> curvatures = forward_derivative(graph, slopes, block.parameter_nodes, directions);
      for (const auto& nodes : {slopes, curvatures}) {
        std::vector<Request> requests;
        for (std::size_t i = 0; i < nodes.size(); ++i)
          requests.push_back({nodes[i], 0, block.parameters.tensors()[i].offset, block.parameters.tensors()[i].size});
        CHECK(ArenaWatch(make_plan(graph, requests)).trouble == "");
      }
    }
}

TEST_CASE(
    "pieces of memory overlap only if they never live at the same time, and the arena is no larger than it must be") {
  Random random(40);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Lifetime> pieces;
    const Index granule = below(random, 2) == 0 ? 1 : 16;
    for (Index i = 1 + below(random, 40); i > 0; --i) {
      const int first = static_cast<int>(below(random, 30));
      pieces.push_back({below(random, 100), first, first + static_cast<int>(below(random, 8))});
    }
    Index arena = 0;
    const std::vector<Index> offsets = assign_offsets(pieces, granule, arena);
    REQUIRE(offsets.size() == pieces.size());
    Index largest = 0, total = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      CHECK(offsets[i] % granule == 0);
      CHECK(offsets[i] + pieces[i].size <= arena);
      largest = std::max(largest, pieces[i].size);
      total += (pieces[i].size + granule - 1) / granule * granule;
      for (std::size_t j = 0; j < i; ++j) {
        const bool together = pieces[i].first <= pieces[j].last && pieces[j].first <= pieces[i].last;
        const bool overlap = offsets[i] < offsets[j] + pieces[j].size && offsets[j] < offsets[i] + pieces[i].size;
        if (together && overlap) FAIL_CHECK("pieces " << i << " and " << j << " of trial " << trial);
      }
    }
    CHECK(arena >= largest);
    CHECK(arena <= total);
  }
  // Pieces that follow each other share one place.
  Index arena = 0;
  assign_offsets({{8, 0, 0}, {8, 1, 1}, {8, 2, 2}}, 1, arena);
  CHECK(arena == 8);
}

TEST_CASE("of equal scores the one with the lower index is among the largest, whatever the extent and k") {
  Random random(60);
  for (Index extent = 1; extent <= 9; ++extent)
    for (Index k = 1; k <= extent; ++k) {
      Graph graph;
      const NodeId x = graph.sample(SampleLeaf::input, "x", {2, extent, 3});
      const NodeId mask = graph.top_k(x, 1, k);
      SampleArrays samples{11, 6 * extent, 0, {}, {}};
      for (Index i = 0; i < samples.count * samples.input_elements; ++i)
        samples.input.push_back(static_cast<double>(below(random, 3)));
      BatchOracle oracle(graph, {}, samples);
      const PlanRun<double> found =
          run_plan<double>(make_plan(graph, {{mask, 0, 0, 0}}), {}, samples, {{6 * extent, true}});
      for (Index s = 0; s < samples.count; ++s)
        for (Index e = 0; e < 6 * extent; ++e)
          if (found.outputs[0][static_cast<std::size_t>(e * found.lanes + s)] !=
              oracle.value(mask, s)[static_cast<std::size_t>(e)])
            FAIL_CHECK("extent " << extent << ", k " << k << ", sample " << s << ", element " << e);
    }
}
