// A block at small extents as a list of operations on single numbers, for arithmetic in which no rounding hides what is
// equal: sums, products, reciprocals, and of functions only exponentials, logarithms, square roots, error functions,
// points of the circle, and outcomes of comparisons. All other functions are made of these: tanh, silu, softmax,
// softplus of exponentials (without shifts by the largest), relu and max of outcomes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tensor/graph.h"

namespace invar::exact {

enum class Step : std::uint8_t {
  constant,   // a: which
  parameter,  // a: which entry of θ
  input,      // a: which entry of the sample; of integers that choose rows the zeros and ones that they stand for
  add,        // a + b
  multiply,   // a · b
  inverse,    // 1/a
  root,       // √a; b: the step 1/√a behind it
  exp,
  log,      // b: the step 1/a
  erf,      // b: the step 2/√π exp(−a²)
  sine,     // b: the step cos a, next to it
  cosine,   // b: the step sin a
  outcome,  // 0 or 1; a: which choice, b: which of its scores. Its derivative is 0
};

struct Operation {
  Step step = Step::constant;
  std::int32_t a = 0, b = 0;
};

/// A comparison: the k largest of these scores have outcome 1, ties going to the first. Of a single score: whether it
/// is above 0, whatever k.
struct Choice {
  std::vector<std::int32_t> scores;
  std::int32_t k = 1;
};

/// A constant: a number of known origin, a rotation's entry, or one that stands for itself alone (a frozen tensor's,
/// 2/√π), a free number of the field by its name.
struct Constant {
  double value = 0.0;
  Number number = 0.0;
  bool rotates = false;
  Rotation rotation{};
  std::string free{};  // its name, where it is neither
};

struct Tape {
  std::vector<Operation> operations;  // operands before what uses them
  std::vector<Constant> constants;
  std::vector<Choice> choices;
  std::int32_t parameters = 0, inputs = 0;
  std::int32_t vocabulary = 0;  // where the input is integers: entries of `inputs` for each

  std::int32_t size() const { return static_cast<std::int32_t>(operations.size()); }
};

/// The steps of nodes of a graph, one an entry, row-major.
class TapeBuilder {
 public:
  TapeBuilder(const Graph& graph, Index parameters);

  const std::vector<std::int32_t>& of(NodeId node);
  /// A reading is done; the builder is of no more use.
  Tape release() { return std::move(tape_); }

 private:
  using Entries = std::vector<std::int32_t>;

  Entries steps_of(const Node& node);
  Entries constant(const Node& node);
  Entries contract(const Node& node);
  Entries combine(const Node& node);
  Entries softmax(const Node& node);
  Entries log_sum_exp(const Node& node);
  Entries top_k(const Node& node);
  Entries one_hot(const Node& node);
  std::int32_t apply(Function function, std::int32_t x);

  std::int32_t append(Step step, std::int32_t a, std::int32_t b = 0);
  std::int32_t known(const Number& number);
  std::int32_t free(const std::string& name, double value);
  std::int32_t rotation(const Rotation& rotation, double value);
  std::int32_t add(std::int32_t a, std::int32_t b);
  std::int32_t multiply(std::int32_t a, std::int32_t b);
  std::int32_t scaled(std::int32_t a, const Number& factor);
  std::int32_t inverse(std::int32_t a);
  std::int32_t exponential(std::int32_t a);
  std::int32_t above_zero(std::int32_t a);
  bool is(std::int32_t step, int value) const;

  const Graph& graph_;
  Tape tape_;
  std::map<NodeId, Entries> entries_;
  std::map<std::tuple<Step, std::int32_t, std::int32_t>, std::int32_t> shared_;
  std::map<std::string, std::int32_t> constants_;  // by what they are
};

}  // namespace invar::exact
