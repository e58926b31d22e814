#include "tensor/syntax.h"

#include <utility>

namespace invar {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::parameter:
      return "parameter";
    case Role::constant:
      return "constant";
    case Role::input:
      return "input";
    case Role::definition:
      return "definition";
  }
  return "";
}

void Declarations::add(Declared declared) {
  places_.emplace(declared.tensor.name, all_.size());
  all_.push_back(std::move(declared));
}

const Declared* Declarations::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &all_[found->second];
}

std::vector<Declared> Declarations::release() {
  places_.clear();
  return std::exchange(all_, {});
}

const Declared* BlockSyntax::find(std::string_view name) const {
  return tensors.find(name);
}

void visit_factors(const Expression& expression, const std::function<void(const Factor&)>& visit) {
  for (const Term& term : expression.terms)
    for (const Factor& factor : term.factors) {
      visit(factor);
      for (const Expression& argument : factor.arguments) visit_factors(argument, visit);
    }
}

void change_factors(Expression& expression, const std::function<void(Factor&)>& change) {
  for (Term& term : expression.terms)
    for (Factor& factor : term.factors) {
      change(factor);
      for (Expression& argument : factor.arguments) change_factors(argument, change);
    }
}

std::vector<const TensorUse*> tensors_of(const Factor& factor) {
  std::vector<const TensorUse*> tensors;
  if (factor.kind == Factor::Kind::tensor) tensors.push_back(&factor.tensor);
  if (factor.mask) tensors.push_back(&*factor.mask);
  for (const TensorUse& tensor : factor.tensors) tensors.push_back(&tensor);
  return tensors;
}

std::string axis_text(const Subscript& axis) {
  if (axis.is_constant()) return std::to_string(axis.constant);
  if (axis.letters.size() == 1) return axis.letters[0].letter;
  std::string text;
  for (const IndexUse& use : axis.letters) text += (text.empty() ? "(" : " ") + use.letter;
  return text + ")";
}

}  // namespace invar
