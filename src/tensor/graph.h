// A static graph of a few tensor operations. Index notation becomes such a graph; a derivative of a graph is a graph.
//
// Conventions. Every node has a shape; a node that depends on the sample is `batched`: it has one value of that shape
// for each sample, and the sample axis is no part of the shape. In `contract` and `combine` each operand's axes carry
// labels (small integers, local to the node), as in einsum: equal labels are the same axis. Nodes are hash-consed:
// building the same term twice gives the same node, so common terms are shared without a pass of their own. A node's
// operands have smaller ids, so ids are a topological order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensor/layout.h"
#include "tensor/number.h"

namespace invar {

using NodeId = std::int32_t;
using Label = std::int16_t;
inline constexpr NodeId kNoNode = -1;

enum class Op : std::uint8_t {
  variable,  // a tensor of flat vector number `slot` (0: the parameters θ; 1, 2, …: directions with θ's layout)
  sample,    // a tensor given for each sample, or (the weight) a scalar: see SampleLeaf
  constant,  // frozen numbers
  contract,  // scale · product of one or two operands, summed over the labels that the output lacks; a third operand
             // is a one_hot of ascending integers: each row of it, and of the first two, belongs to one entry
  combine,   // Σ coefficient_i · operand_i + offset, broadcast over the labels that an operand lacks
  apply,     // an elementwise function
  softmax,   // over one axis; an optional 0/1 mask (second operand, of the same shape, or a constant that the
             // first axes repeat) whose derivative is zero
  log_sum_exp,  // over one axis, which disappears
  top_k,        // 0/1 mask of the k largest along an axis; ties go to the lower index; derivative zero
  one_hot,      // of integers: along a new last axis of extent k, 1 at the integer's place, else 0; derivative zero.
                // A product with it chooses or places rows, so plans never store it for one
  routes,   // of a 0/1 mask [tokens, experts] with k ones a token: [tokens·k] integers, one for each of them, expert
            // by expert; `slot` says which: 0 the token, 1 the expert, 2 the pair, token·experts + expert
  reshape,  // row-major reinterpretation of the shape
};

/// Per-sample data. `weight` is the scalar with which a sample counts in the cost (1/B in a batch of B).
enum class SampleLeaf : std::uint8_t { input, target, weight };

enum class Function : std::uint8_t {
  exp,
  log,
  reciprocal,
  sqrt,
  rsqrt,
  tanh,
  sigmoid,
  relu,
  step,
  erfc,
  sin,
  cos,
  abs,
  sign,
  softplus
};

/// A use of a node: one label for each of its axes.
struct Operand {
  NodeId node = kNoNode;
  std::vector<Label> labels;
  friend bool operator==(const Operand&, const Operand&) = default;
};

/// cos or sin of a multiple of a frequency.
struct Rotation {
  bool sine = false;
  int sign = 1;
  Index multiple = 0;
  Number base = 1.0;  // the frequency is base^(−numerator/denominator)
  Index numerator = 0, denominator = 1;
};

/// What the doubles of a constant stand for: all for one number, or each for a rotation's entry.
struct ConstantOrigin {
  std::optional<Number> all;
  std::vector<Rotation> rotations;
};

struct Node {
  Op op = Op::constant;
  Shape shape{};
  bool batched = false;
  std::vector<Operand> operands{};                      // labels: contract and combine only
  std::vector<Label> labels{};                          // of the output: contract and combine only
  std::vector<Number> coefficients{};                   // contract: {scale}; combine: one an operand, then the offset
  Function function = Function::exp;                    // apply
  Index axis = 0;                                       // softmax, log_sum_exp, top_k
  Index k = 0;                                          // top_k, routes; one_hot: the extent
  int slot = 0;                                         // variable: the flat vector; sample: a SampleLeaf; routes
  Index offset = 0;                                     // variable: where the tensor starts in its flat vector
  std::string name{};                                   // variable, sample
  std::shared_ptr<const std::vector<double>> values{};  // constant, row-major
  std::shared_ptr<const ConstantOrigin> origin{};       // constant: what its numbers stand for, where that is known
};

class Graph {
 public:
  const Node& operator[](NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }

  /// `batched`: one value for each sample.
  NodeId variable(const Tensor& tensor, int slot = 0, bool batched = false);
  /// Not `batched`: all samples at once, the sample axis being the shape's first.
  NodeId sample(SampleLeaf leaf, std::string name, Shape shape, bool batched = true);
  NodeId constant(Shape shape, std::vector<double> values);
  NodeId constant(Shape shape, std::vector<double> values, ConstantOrigin origin);
  /// Of another graph, without a copy.
  NodeId constant(Shape shape, std::shared_ptr<const std::vector<double>> values,
                  std::shared_ptr<const ConstantOrigin> origin = {});
  NodeId scalar(Number value) { return constant({}, {value}, {value, {}}); }

  /// scale · Σ over the labels not in `out` of the operands' product; one or two operands, or a one_hot
  /// besides. A label of `out` that no
  /// operand has is broadcast, so `shape` gives the output's extents. A label twice in one operand takes the diagonal.
  /// The output is batched if an operand is, unless `sum_samples`: then the samples are summed as well.
  NodeId contract(std::vector<Operand> operands, std::vector<Label> out, Shape shape, Number scale = 1.0,
                  bool sum_samples = false);

  /// Σ coefficient_i operand_i + offset. An operand's labels are a subset of `out` (in any order): the rest is
  /// broadcast.
  NodeId combine(std::vector<Operand> operands, std::vector<Number> coefficients, std::vector<Label> out, Shape shape,
                 Number offset = 0.0);

  NodeId apply(Function function, NodeId x);
  NodeId softmax(NodeId scores, Index axis, NodeId mask = kNoNode);
  NodeId log_sum_exp(NodeId x, Index axis);
  NodeId top_k(NodeId x, Index axis, Index k);
  /// What is none of the integers 0 … extent − 1 gives zeros.
  NodeId one_hot(NodeId integers, Index extent);
  NodeId routes(NodeId mask, Index k, int which);
  NodeId reshape(NodeId x, Shape shape);
  /// The node of another graph, over operands of this one that have the old ones' shapes.
  NodeId like(const Node& node, const std::vector<NodeId>& operands);

  // Shorthands over the above.
  /// x with every axis labelled 0, 1, ….
  Operand whole(NodeId x) const;
  /// Elementwise sum, product and multiple of nodes of equal shape; kNoNode stands for zero in `add`.
  NodeId add(NodeId a, NodeId b);
  NodeId multiply(NodeId a, NodeId b);
  NodeId scale(NodeId x, Number factor);
  NodeId affine(NodeId x, Number factor, Number offset);

 private:
  NodeId intern(Node node);
  std::vector<Node> nodes_;
  std::unordered_map<std::string, NodeId> known_;
  std::vector<std::shared_ptr<const std::vector<double>>> constants_;  // the different ones
};

}  // namespace invar
