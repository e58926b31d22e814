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
  std::vector<std::string> parts;
  for (const IndexUse& use : axis.letters) parts.push_back(use.letter);
  if (axis.has_constant())
    parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(axis.constant_at), std::to_string(axis.constant));
  if (parts.size() == 1) return parts[0];
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "(" : " ") + part;
  return text + ")";
}

}  // namespace invar
