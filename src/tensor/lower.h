// Checked syntax and known extents → graph nodes.
#pragma once

#include <map>
#include <string>

#include "tensor/index_rules.h"
#include "tensor/syntax.h"

namespace invar {

/// Throws InputError at the line where a value of this shape is too large for any memory.
void require_storable(const BlockText& block, Place line, const Shape& shape);

class Lowering {
 public:
  Lowering(const BlockText& block, const BlockSyntax& syntax, const std::map<std::string, Index>& extents, Graph& graph)
      : block_(block), syntax_(syntax), extents_(extents), graph_(graph) {}

  /// A tensor that expressions may use from now on.
  void add(const std::string& name, NodeId node) { tensors_[name] = node; }
  NodeId node(const std::string& name) const { return tensors_.at(name); }

  /// The extents of a tensor's axes as declared or defined; joined letters are one axis.
  Shape shape(const TensorUse& left) const;

  /// The right side of a definition or law, its axes as on the left.
  NodeId lower(const TensorUse& left, const Expression& right);

  /// Of a parameter: the product of the extents of its axes that are summed in the first term that uses it, in the
  /// order in which lines were lowered; 1 where none are. The term is the innermost: in A[m h] relu(W[h d] x[d]) W sums
  /// d.
  double fan_in(const std::string& parameter) const;

  /// The smallest extent along which the input looks something up; 0 where it looks up nothing.
  Index input_tokens() const { return input_tokens_; }

 private:
  // A node with one distinct letter for each axis.
  struct Value {
    NodeId node;
    Letters letters;
  };

  NodeId expression(const Expression& sum, const Letters& bound, const Letters& out, const Letters& summed);
  Value factor(const Factor& use, const Letters& bound);
  Value elementwise_call(const Factor& use, const Letters& bound);
  void require_order(const Factor& use, const std::vector<Operand>& arguments) const;
  Value raised(const Factor& use, Value base);
  NodeId called(const Factor& use, NodeId argument, const Letters& letters);
  Value tensor_scope(const TensorUse& use, const Letters& bound);
  Value looked_up(const Factor& use);
  Value concatenated(const Factor& use);
  void require_integers(const TensorUse& use, Index extent);
  void append(const TensorUse& use, std::vector<Operand>& operands);
  void note_fan_in(const Factor& use, const Letters& summed);

  Number number(const Factor& use) const;
  Number number(const Expression& sum) const;
  Number with_power(const Factor& use, Number base) const;

  Index extent(const std::string& letter) const { return extents_.at(letter); }
  Label label(const std::string& letter) const;
  std::vector<Label> labels(const Letters& letters) const;
  Shape extents(const Letters& letters) const;

  const BlockText& block_;
  const BlockSyntax& syntax_;
  const std::map<std::string, Index>& extents_;
  Graph& graph_;
  std::map<std::string, NodeId> tensors_;
  std::map<std::string, double> fan_in_;
  Index input_tokens_ = 0;
  Place line_;       // of the definition or law at work
  Label fresh_ = 0;  // labels of one-hot vectors handed out in the current term
};

}  // namespace invar
