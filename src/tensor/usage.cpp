#include "tensor/usage.h"

#include <map>
#include <set>
#include <utility>

namespace invar {
namespace {

using Names = std::set<std::string, std::less<>>;

void add_tensors(const Expression& expression, Names& names) {
  visit_factors(expression, [&](const Factor& factor) {
    for (const TensorUse* use : tensors_of(factor)) names.insert(use->name);
  });
}

/// The output, and what it is made of.
Names needed(const BlockSyntax& syntax) {
  Names names{syntax.output};
  for (auto line = syntax.definitions.rbegin(); line != syntax.definitions.rend(); ++line)
    if (names.contains(line->left.name)) add_tensors(line->right, names);
  return names;
}

const Declared& input_of(const BlockSyntax& syntax) {
  for (const Declared& declared : syntax.tensors)
    if (declared.role == Role::input) return declared;
  return *syntax.tensors.begin();  // no text without an input comes here
}

}  // namespace

void require_input_used(const BlockText& block, const BlockSyntax& syntax) {
  // A used block's input is fed: it is checked as a block of its own.
  const std::string& input = input_of(syntax).tensor.name;
  if (needed(syntax).contains(input)) return;
  block.fail(syntax.find(syntax.output)->tensor.place,
             "the output '" + syntax.output + "' does not depend on the input '" + input +
                 "': a block is a function of its input, and its last definition is the output where no line such as "
                 "'output y' names another");
}

std::vector<std::string> unused(const BlockText& block, const BlockSyntax& syntax) {
  const Names by_output = needed(syntax);
  Names by_laws;
  for (const LawLine& law : syntax.laws) add_tensors(law.right, by_laws);
  std::vector<std::string> warnings;
  std::map<std::pair<int, int>, std::vector<std::string>> of_used_blocks;  // line and column of `use` → names
  for (const Declared& declared : syntax.tensors) {
    const std::string& name = declared.tensor.name;
    const bool in_law = by_laws.contains(name);
    if (by_output.contains(name) || (declared.role == Role::constant && in_law)) continue;
    const Place place = declared.tensor.place, own = block.outermost(place);
    if (own.line != place.line) {
      std::vector<std::string>& names = of_used_blocks[{own.line, own.column}];
      names.push_back(name);
      continue;
    }
    std::string why = " is used by no line that the output needs";
    if (declared.role == Role::parameter)
      why += in_law ? ": its gradient is 0, and what laws say of it holds by itself" : ": its gradient is 0";
    warnings.push_back(block.at(place) + ": the " + std::string(to_string(declared.role)) + " '" + name + "'" + why);
  }
  for (const auto& [place, names] : of_used_blocks)
    warnings.push_back(block.at({place.first, place.second}) + ": of this used block " + list_text(names) +
                       (names.size() == 1 ? " is" : " are") + " used by no line that the output needs");
  return warnings;
}

}  // namespace invar
