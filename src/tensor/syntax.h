// A block's text as a tree: what is written, checked for grammar and names, before indices and extents mean anything.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensor/block.h"
#include "tensor/block_text.h"

namespace invar {

/// An index letter where it is written.
struct IndexUse {
  std::string letter;
  Place place;
};

/// One axis: a letter `d`, joined letters `(j c)` (row-major: the last runs fastest), a constant `0`, or letters joined
/// with one constant `(2 h a)`, whose own axis is as long as the letters leave it.
struct Subscript {
  std::vector<IndexUse> letters;
  Index constant = -1;          // -1: none
  std::size_t constant_at = 0;  // letters before it
  Place place;
  bool has_constant() const { return constant >= 0; }
};

struct TensorUse {
  std::string name;
  std::vector<Subscript> axes;
  Place place;
  Span span;
};

/// One side of a condition: Σ sign · index + constant.
struct IndexSum {
  std::vector<std::pair<int, IndexUse>> indices;
  Index constant = 0;
};

/// `u <= t`, `u > t - 4`.
struct Condition {
  IndexSum left, right;
  std::string comparison;
  Place place;
};

/// `k=2`, `pairing=half`.
struct Option {
  std::string name;
  double number = 0.0;
  bool integer = false;
  std::string word;  // where the value is no number
  Place place;       // of the value
};

struct Expression;

struct Factor {
  enum class Kind { number, dim, tensor, call, parentheses };
  Kind kind = Kind::number;
  double number = 0.0;
  IndexUse dim;  // dim(a)
  TensorUse tensor;
  std::string function;               // call
  std::vector<IndexUse> axes;         // softmax[u]
  std::vector<TensorUse> tensors;     // of a call that takes tensors as they are: lookup, concat
  std::vector<std::string> joined;    // concat: of each tensor the index that is joined, "" for one entry
  std::vector<Expression> arguments;  // call: none, one, or as max(a, b); parentheses: one
  std::vector<Option> options;
  std::vector<Condition> where;   // all of them must hold
  std::optional<TensorUse> mask;  // where m[e]
  int power = 1;
  bool divides = false;
  Place place;
  Span span;

  /// A tensor as it stands: its axes belong to the term. A power or a divisor is a scope of its own, like an argument.
  bool is_plain_tensor() const { return kind == Kind::tensor && power == 1 && !divides; }
};

/// ± a product of factors.
struct Term {
  double sign = 1.0;
  std::vector<Factor> factors;
  Place place;
  Span span;
};

/// A sum of terms.
struct Expression {
  std::vector<Term> terms;
  Span span;
};

struct Definition {
  TensorUse left;
  Expression right;
  bool checked = false;  // its indices were, in the text of the used block that it comes from
};

struct LawLine {
  LawKind kind = LawKind::law;
  TensorUse left;  // its axes are single letters
  Expression right;
  std::vector<std::string> indices = {};  // the letters as written
  bool checked = false;
};

/// Where an extent in the text comes from, and what may change it.
enum class SizeRole : std::uint8_t {
  standard,  // a `sizes` line: --set overrides it
  fixed,     // given to a used block
  fallback   // a `defaults` line, and a used block's own `sizes`: for a letter that nothing else determines
};

struct SizeDefault {
  IndexUse index;
  Index extent = 0;
  SizeRole role = SizeRole::standard;
};

enum class Role { parameter, constant, input, definition };
std::string_view to_string(Role role);

struct Declared {
  Role role = Role::parameter;
  TensorUse tensor;
  std::optional<double> start = {};  // of a parameter: the number that all of it begins with
};

/// Tensors in the order of the text, found by their names, of which deep blocks have thousands.
class Declarations {
 public:
  /// Of a name that none has yet.
  void add(Declared declared);
  const Declared* find(std::string_view name) const;

  std::vector<Declared>::const_iterator begin() const { return all_.begin(); }
  std::vector<Declared>::const_iterator end() const { return all_.end(); }
  Declared& back() { return all_.back(); }
  /// All of them, to be changed and added anew.
  std::vector<Declared> release();

 private:
  std::vector<Declared> all_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

struct BlockSyntax {
  std::vector<SizeDefault> sizes;
  Declarations tensors;  // definitions included
  std::vector<Definition> definitions;
  std::vector<LawLine> laws;
  std::string output;

  /// Null where no tensor has this name.
  const Declared* find(std::string_view name) const;
};

/// Every factor of the expression, those inside arguments and parentheses included, in the order of the text.
void visit_factors(const Expression& expression, const std::function<void(const Factor&)>& visit);
void change_factors(Expression& expression, const std::function<void(Factor&)>& change);

/// The tensors that a factor names itself: those inside its arguments are other factors'.
std::vector<const TensorUse*> tensors_of(const Factor& factor);

/// "t", "(j c)", "0", "(2 h a)".
std::string axis_text(const Subscript& axis);

}  // namespace invar
