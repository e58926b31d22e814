// The functions of the notation: their names, index lists and named arguments. What they compute is in functions.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

struct OptionRule {
  enum class Kind { number, integer, word };
  std::string_view name;
  Kind kind = Kind::number;
  std::optional<double> standard;  // where none is given; without one the option must be written
  std::vector<std::string> words;  // kind word: what it may be
};

struct FunctionRule {
  enum class Form {
    elementwise,  // f(expression), or f(expression, …) with as many as the rule says
    indexed,      // f[i](expression, …)
    tensors,      // f[i](T[…], T[…], …)
    generated     // f[i j](…): no operand
  };
  std::string_view name;
  Form form = Form::elementwise;
  std::string_view usage;  // as messages show it
  std::size_t fewest_indices = 0, most_indices = 0;
  std::vector<OptionRule> options;
  bool takes_condition = false;
  std::size_t fewest_tensors = 0, most_tensors = 0;      // form tensors
  std::size_t fewest_arguments = 1, most_arguments = 1;  // without an index list; indexed: above 1 it may lack one
};

std::span<const FunctionRule> functions();
/// Null for an unknown name.
const FunctionRule* find_function(std::string_view name);

}  // namespace invar
