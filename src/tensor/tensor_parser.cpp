#include "tensor/tensor_parser.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "tensor/function_table.h"

namespace invar {
namespace {

constexpr double kLargestInteger = 1e9;

// What other tools have by these names, written here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kElsewhere{
    {{"mean", "sum[d](x[t d]) / dim(d)"},
     {"ln", "log(x[d])"},
     {"pow", "x[d]^2"},
     {"square", "x[d]^2"},
     {"swish", "silu(x[d])"},
     {"dot", "a[d] b[d]: an index that stands twice is summed"},
     {"einsum", "A[h d] x[d]: an index that stands twice is summed"},
     {"matmul", "A[h d] x[d]: an index that stands twice is summed"},
     {"norm", "sqrt(sum[d](x[d]^2))"},
     {"leaky_relu", "max(u[h], 0.01 u[h])"}}};

std::vector<std::string> function_names() {
  std::vector<std::string> names{"dim"};
  for (const FunctionRule& rule : functions()) names.emplace_back(rule.name);
  return names;
}

// Whether `[…] (` follows: softmax[u](…), or a tensor before parentheses.
bool could_be_call(const TokenCursor& cursor) {
  if (!cursor.peek().is("[")) return false;
  std::size_t at = 0;
  while (!cursor.peek(at).is("]")) ++at;  // the lexer has seen to it that there is one
  return cursor.peek(at + 1).is("(");
}

[[noreturn]] void unknown(TokenCursor& cursor, const KnownTensors& known, const Token& token, const std::string& name) {
  if (const int line = known.later_line(name); line > 0 && line <= token.place.line)
    cursor.fail(token.place, "'" + name + "' is defined by this very line and cannot be used in it");
  else if (line > 0)
    cursor.fail(token.place, "'" + name + "' is defined only later, in line " + std::to_string(line) +
                                 ": a line uses what stands above it, so move one of the two");
  const bool called = cursor.peek().is("(") || could_be_call(cursor);
  const auto* elsewhere = std::ranges::find(kElsewhere, name, &std::pair<std::string_view, std::string_view>::first);
  if (called && elsewhere != kElsewhere.end())
    cursor.fail(token.place, "unknown function '" + name + "': write " + std::string(elsewhere->second));
  if (cursor.peek().is("("))
    cursor.fail(token.place, "unknown function '" + name + "'" + known_names(name, function_names()));
  std::vector<std::string> names;
  if (could_be_call(cursor)) names = function_names();
  const std::string what = names.empty() ? "tensor" : "function or tensor";
  for (const Declared& declared : known.declared->tensors) names.push_back(declared.tensor.name);
  cursor.fail(token.place, "unknown " + what + " '" + name + "'" + known_names(name, names));
}

}  // namespace

IndexUse parse_index(TokenCursor& cursor, const std::string& what) {
  const Token& token = cursor.expect_name(what);
  if (token.text.find('.') != std::string_view::npos)
    cursor.fail(token.place, "an index has no dots: '" + std::string(token.text) + "'");
  return {std::string(token.text), token.place};
}

Index parse_integer(TokenCursor& cursor, const std::string& what) {
  const Token& token = cursor.peek();
  if (token.kind != Token::Kind::number || !token.integer || token.number > kLargestInteger) cursor.refuse(what);
  return static_cast<Index>(cursor.take().number);
}

std::vector<Subscript> parse_subscripts(TokenCursor& cursor) {
  std::vector<Subscript> axes;
  if (!cursor.skip("[")) return axes;
  while (!cursor.skip("]")) {
    Subscript axis{.letters = {}, .place = cursor.peek().place};
    if (cursor.skip("(")) {
      while (!cursor.skip(")")) {
        if (cursor.peek().kind == Token::Kind::number) {
          if (axis.has_constant())
            cursor.fail(cursor.peek().place,
                        "a second number inside joined indices, where the lengths of two axes are open: split the axis "
                        "on a line of its own first, then take '" +
                            std::string(cursor.peek().text) + "' of the new axis");
          axis.constant_at = axis.letters.size();
          axis.constant = parse_integer(cursor, "an integer from 0 on as a constant subscript");
        } else {
          axis.letters.push_back(parse_index(cursor, "an index, a number or ')'"));
        }
        cursor.skip(",");
      }
      if (axis.letters.empty() && !axis.has_constant())
        cursor.fail(axis.place, "'()' joins no indices: write one or more letters in it");
    } else if (cursor.peek().kind == Token::Kind::number) {
      axis.constant = parse_integer(cursor, "an integer from 0 on as a constant subscript");
    } else {
      axis.letters.push_back(parse_index(cursor, "an index, a number, '(' or ']' among the subscripts"));
    }
    axes.push_back(std::move(axis));
    cursor.skip(",");
  }
  return axes;
}

TensorUse parse_tensor(TokenCursor& cursor, const KnownTensors& known, const Token& token) {
  const std::string name(token.text);
  const Declared* declared = known.declared->find(name);
  if (!declared) unknown(cursor, known, token, name);
  const std::vector<Subscript>& axes = declared->tensor.axes;
  TensorUse use{.name = name, .axes = parse_subscripts(cursor), .place = token.place, .span = {token.span.begin, 0}};
  use.span.end = cursor.taken_to();
  if (use.axes.size() != axes.size()) {
    const std::string shown = cursor.block().quote(declared->tensor.span);
    const std::string axes_text = axes.size() == 1 ? "1 axis" : std::to_string(axes.size()) + " axes";
    cursor.fail(
        token.place,
        "'" + name + "' has " + axes_text + " (" + shown + ", " + cursor.block().line(declared->tensor.place) +
            "), but " +
            (use.axes.empty() ? "none is" : std::to_string(use.axes.size()) + (use.axes.size() == 1 ? " is" : " are")) +
            " written here: write an index, a group or a number for each");
  }
  return use;
}

}  // namespace invar
