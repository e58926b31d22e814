// Products of many tensors: the value does not depend on the order that is chosen, and no order is cheaper.
#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "notation_case.h"
#include "tensor/contraction_order.h"

namespace invar::oracle {
namespace {

struct Product {
  std::vector<Operand> factors;
  std::vector<Label> out;
  std::map<Label, Index> extent;

  Shape shape(const std::vector<Label>& labels) const {
    Shape result;
    for (const Label label : labels) result.push_back(extent.at(label));
    return result;
  }
};

// Each factor has one to three of seven labels; the output has two of those that occur.
Product random_product(Graph& graph, std::size_t count, std::uint64_t seed, bool samples) {
  std::mt19937_64 generator(seed);
  Product product;
  for (Label label = 0; label < 7; ++label) product.extent[label] = random_extent(generator);
  std::set<Label> occurring;
  Index offset = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::set<Label> labels;
    const std::size_t wanted = 1 + generator() % 3;
    while (labels.size() < wanted) labels.insert(static_cast<Label>(generator() % 7));
    occurring.insert(labels.begin(), labels.end());
    Operand factor{kNoNode, {labels.begin(), labels.end()}};
    const Shape shape = product.shape(factor.labels);
    const std::string name = "f" + std::to_string(i);
    factor.node = samples && generator() % 2 == 0 ? graph.sample(SampleLeaf::input, name, shape)
                                                  : graph.variable({name, shape, offset, extent_product(shape)});
    offset += extent_product(shape);
    product.factors.push_back(std::move(factor));
  }
  const std::vector<Label> all(occurring.begin(), occurring.end());
  product.out = {all[generator() % all.size()]};
  if (const Label second = all[generator() % all.size()]; second != product.out[0]) product.out.push_back(second);
  return product;
}

// The sum written out over all labels at once.
Array written_out(const Product& product, const Graph& graph, const Numbers& theta) {
  std::vector<Label> labels;
  for (const Operand& factor : product.factors)
    for (const Label label : factor.labels)
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  Array result(product.shape(product.out));
  std::map<Label, Index> at;
  for (const Label label : labels) at[label] = 0;
  const auto flat = [&](const std::vector<Label>& axes) {
    Index index = 0;
    for (const Label label : axes) index = index * product.extent.at(label) + at.at(label);
    return static_cast<std::size_t>(index);
  };
  while (true) {
    double term = 1.0;
    for (const Operand& factor : product.factors)
      term *= theta[static_cast<std::size_t>(graph[factor.node].offset) + flat(factor.labels)];
    result.values[flat(product.out)] += term;
    std::size_t i = 0;
    while (i < labels.size() && ++at[labels[i]] == product.extent.at(labels[i])) at[labels[i++]] = 0;
    if (i == labels.size()) return result;
  }
}

// The multiplications of the cheapest order, by trying every binary tree.
class EveryOrder {
 public:
  EveryOrder(const Product& product, const Graph& graph) : product_(product), graph_(graph) {}

  double cheapest(unsigned subset) {
    if ((subset & (subset - 1)) == 0) return 0.0;
    double best = std::numeric_limits<double>::infinity();
    for (unsigned left = (subset - 1) & subset; left != 0; left = (left - 1) & subset) {
      std::set<Label> over = kept(left);
      over.merge(kept(subset & ~left));
      double cost = batched(subset) ? 64.0 : 1.0;
      for (const Label label : over) cost *= static_cast<double>(product_.extent.at(label));
      best = std::min(best, cost + cheapest(left) + cheapest(subset & ~left));
    }
    return best;
  }

 private:
  bool batched(unsigned subset) const {
    for (std::size_t i = 0; i < product_.factors.size(); ++i)
      if ((subset >> i & 1U) && graph_[product_.factors[i].node].batched) return true;
    return false;
  }
  std::set<Label> kept(unsigned subset) const {
    std::set<Label> inside, needed(product_.out.begin(), product_.out.end()), result;
    for (std::size_t i = 0; i < product_.factors.size(); ++i)
      for (const Label label : product_.factors[i].labels) (subset >> i & 1U ? inside : needed).insert(label);
    std::set_intersection(inside.begin(), inside.end(), needed.begin(), needed.end(),
                          std::inserter(result, result.end()));
    return result;
  }
  const Product& product_;
  const Graph& graph_;
};

// Multiplications of the two-operand nodes that were built.
double built_cost(const Graph& graph, NodeId from) {
  double total = 0.0;
  for (NodeId id = from; id < graph.size(); ++id) {
    const Node& node = graph[id];
    if (node.op != Op::contract || node.operands.size() != 2) continue;
    std::map<Label, Index> over;
    for (const Operand& operand : node.operands)
      for (std::size_t axis = 0; axis < operand.labels.size(); ++axis)
        over[operand.labels[axis]] = graph[operand.node].shape[axis];
    double cost = node.batched ? 64.0 : 1.0;
    for (const auto& [label, extent] : over) cost *= static_cast<double>(extent);
    total += cost;
  }
  return total;
}

TEST_CASE("a product of up to ten tensors is the sum over all labels at once") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Graph graph;
    const Product product = random_product(graph, 1 + seed % 10, seed, false);
    const NodeId node = contract_product(graph, product.factors, product.out, product.shape(product.out), 0.5);
    const Tensor last = {"", graph[product.factors.back().node].shape, graph[product.factors.back().node].offset, 0};
    const Numbers theta = random_numbers(static_cast<std::size_t>(last.offset + extent_product(last.shape)), seed);
    Array expected = written_out(product, graph, theta);
    for (double& value : expected.values) value *= 0.5;
    require_equal({graph[node].shape, Interpreter(graph, {theta}, {}).value(node)}, expected, 1e-12);
  }
}

TEST_CASE("no order of a product costs fewer multiplications than the one chosen, samples counted 64 times") {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    Graph graph;
    const Product product = random_product(graph, 2 + seed % 5, seed, true);
    const NodeId before = graph.size();
    contract_product(graph, product.factors, product.out, product.shape(product.out));
    CHECK(built_cost(graph, before) == EveryOrder(product, graph).cheapest((1U << product.factors.size()) - 1U));
  }
}

TEST_CASE("the same product is built once, whatever letters a text uses") {
  const Block block = read_block(
      "sizes h=2 d=3 a=2 t=4\nparameters Q[h d a]\ninput x[t d]\nq[h t a] = Q[h d a] x[t d]\nr[g s b] = x[s e] Q[g e "
      "b]\n"
      "y[h t a] = q[h t a] - r[h t a]",
      {}, "text");
  const auto products = [&] {
    int count = 0;
    for (NodeId id = 0; id < block.graph.size(); ++id) count += block.graph[id].op == Op::contract;
    return count;
  };
  CHECK(products() <= 2);  // Q x, and y as zero times it where the graph keeps that
}

}  // namespace
}  // namespace invar::oracle
