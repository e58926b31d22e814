// Laws of every kind that a form knows, over one set of parameters, and what tests need to compare with: the value of a
// law's node in quad, index by index, and random vectors.
#pragma once

#include <boost/multiprecision/float128.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <map>
#include <string>
#include <vector>

#include "law/evaluate.h"
#include "law/form.h"
#include "tensor/block.h"

namespace invar::law_test {

using Quad = boost::multiprecision::float128;

/// Letters: h heads, d width, a b head size, (j c) = a, m neurons, e experts, v vocabulary, (g r) = q query heads.
inline const char* kLaws = R"(
sizes h=2 d=5 a=4 b=4 j=2 m=7 e=3 v=9 g=2 r=3 q=6 f=5
parameters Q[h d a] K[h d a] V[h d a] O[h a d] A[d m] W[m d] s[m] t[m] G[e d] E[v d] M[d f] P[d a] R[d a] B[q d a] C[g d a]
constants w[e]
input x[d]
y[d] = x[d] A[d m] s[m]
law     query_key[h a b]    = Q[h d a] Q[h d b] - K[h d a] K[h d b]
law     value_output[h a b] = V[h d a] V[h d b] - O[h a d] O[h b d]
control sum_of_both[h a b]  = Q[h d a] Q[h d b] + K[h d a] K[h d b]
law     pair_half[h c]      = Q[h d (j c)] Q[h d (j c)] - K[h d (j c)] K[h d (j c)]
law     pair_side[h c]      = Q[h d (c j)] Q[h d (c j)] - K[h d (c j)] K[h d (c j)]
law     neuron[m]           = 2 * A[d m] A[d m] - W[m d] W[m d] - s[m] s[m]
law     affine[m]           = 0.5 * A[d m] A[d m] + 3 * s[m] - sum[d](W[m d]) + 0.25
law     gate[d]             = sum[e](G[e d])
control gate_row[d]         = G[0 d]
control frozen[e d]         = G[e d]
law     weighted[d]         = w[e] G[e d]
law     weighted_square[d]  = w[e] G[e d] G[e d]
law     tied[d f]           = E[v d] E[v f] - M[d i] M[f i] - M[i d] M[i f]
control cross[a b]          = P[d a] R[d b]
control cross_both[a b]     = P[d a] R[d b] + R[d a] P[d b]
control square[d f]         = M[d i] M[i f]
control sums_product[a b]   = sum[d](P[d a]) sum[d](R[d b])
law     grouped[g a b]      = B[(g r) d a] B[(g r) d b] - C[g d a] C[g d b]
law     total[h]            = Q[h d a] Q[h d a] - V[h d a] V[h d a]
control neighbours[e]       = G[e d] G[0 d] + sum[d](G[e d])
claim   each_head[g r a b]  = B[(g r) d a] B[(g r) d b] - repeat[r](C[g d a] C[g d b])
control repeated[m e]       = 3 repeat[e](A[d m] W[m d]) - 2 repeat[e](t[m]) + repeat[e m](G[0 0])
control summed_copies[m]    = sum[e](repeat[e](s[m] t[m])) + sum[h](repeat[h](t[m]))
)";

inline Block law_block() {
  KnownSizes known;
  known.constants["w"] = {0.5, 0.0, -1.25};
  return read_block(kLaws, known, "laws");
}

inline std::vector<LawForm> forms_of(const Block& block) {
  std::vector<LawForm> forms;
  for (const Law& law : block.laws) forms.push_back(law_form(block, law));
  return forms;
}

inline LawForm form_of(const Block& block, const std::string& name) {
  for (const Law& law : block.laws)
    if (law.name == name) return law_form(block, law);
  throw std::logic_error("no law " + name);
}

using Random = boost::random::mt19937_64;

template <class S = double>
std::vector<S> random_vector(Random& random, Index size, double scale = 1.0) {
  boost::random::normal_distribution<double> normal(0.0, scale);
  std::vector<S> result;
  for (Index i = 0; i < size; ++i) result.push_back(static_cast<S>(normal(random)));
  return result;
}

inline std::vector<Quad> to_quad(const std::vector<double>& x) {
  return {x.begin(), x.end()};
}

/// A node over the parameters, in quad.
class QuadValue {
 public:
  QuadValue(const Graph& graph, std::vector<Quad> theta) : graph_(graph), theta_(std::move(theta)) {}

  const std::vector<Quad>& of(NodeId id) {
    const auto known = values_.find(id);
    return known != values_.end() ? known->second : values_[id] = compute(graph_[id]);
  }

 private:
  std::vector<Quad> compute(const Node& node) {
    const auto count = static_cast<std::size_t>(extent_product(node.shape));
    if (node.op == Op::variable)
      return {theta_.begin() + node.offset, theta_.begin() + node.offset + static_cast<std::ptrdiff_t>(count)};
    if (node.op == Op::constant) return {node.values->begin(), node.values->end()};
    if (node.op == Op::reshape) return of(node.operands[0].node);
    if (node.op != Op::contract && node.op != Op::combine) throw std::logic_error("no polynomial");
    std::map<Label, Index> extents;
    for (std::size_t i = 0; i < node.labels.size(); ++i) extents[node.labels[i]] = node.shape[i];
    for (const Operand& operand : node.operands)
      for (std::size_t i = 0; i < operand.labels.size(); ++i)
        extents[operand.labels[i]] = graph_[operand.node].shape[i];
    std::vector<Quad> result(count, Quad(0));
    if (node.op == Op::combine) result.assign(count, Quad(double{node.coefficients.back()}));
    std::map<Label, Index> index;
    for (const auto& [label, extent] : extents) index[label] = 0;
    const auto at = [&](const std::vector<Label>& labels, const Shape& shape) {
      Index flat = 0;
      for (std::size_t i = 0; i < labels.size(); ++i) flat = flat * shape[i] + index[labels[i]];
      return static_cast<std::size_t>(flat);
    };
    for (bool more = true; more;) {
      Quad& into = result[at(node.labels, node.shape)];
      if (node.op == Op::contract) {
        Quad product = double{node.coefficients[0]};
        for (const Operand& operand : node.operands)
          product *= of(operand.node)[at(operand.labels, graph_[operand.node].shape)];
        into += product;
      } else {
        for (std::size_t i = 0; i < node.operands.size(); ++i)
          into += double{node.coefficients[i]} *
                  of(node.operands[i].node)[at(node.operands[i].labels, graph_[node.operands[i].node].shape)];
      }
      more = false;
      for (auto& [label, value] : index) {
        if (++value < extents[label]) {
          more = true;
          break;
        }
        value = 0;
      }
    }
    return result;
  }

  const Graph& graph_;
  std::vector<Quad> theta_;
  std::map<NodeId, std::vector<Quad>> values_;
};

/// A law's components, as its form keeps them, in quad.
inline std::vector<Quad> quad_components(const Block& block, const Law& law, const LawForm& form,
                                         std::vector<Quad> theta) {
  QuadValue value(block.graph, std::move(theta));
  const std::vector<Quad>& all = value.of(law.node);
  const Shape& shape = block.graph[law.node].shape;
  std::vector<Quad> kept;
  for (const std::vector<Index>& indices : form.component) {
    Index flat = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) flat = flat * shape[i] + indices[i];
    kept.push_back(all[static_cast<std::size_t>(flat)]);
  }
  return kept;
}

/// Results of an evaluator.
struct Results {
  explicit Results(std::int64_t count) : hi(static_cast<std::size_t>(count)), lo(hi) {}
  std::vector<double> hi, lo;
  WideOut out() { return {hi.data(), lo.data()}; }
  Quad operator[](std::size_t i) const { return Quad(hi[i]) + Quad(lo[i]); }
};

inline std::vector<double> absolute(std::vector<double> x) {
  for (double& entry : x) entry = entry < 0.0 ? -entry : entry;
  return x;
}

}  // namespace invar::law_test
