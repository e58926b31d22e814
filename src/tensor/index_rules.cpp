#include "tensor/index_rules.h"

#include <algorithm>
#include <utility>

#include "tensor/function_table.h"

namespace invar {
namespace {

const IndexUse* find(const std::vector<IndexUse>& uses, std::string_view letter) {
  for (const IndexUse& use : uses)
    if (use.letter == letter) return &use;
  return nullptr;
}

std::vector<IndexUse> uses_of(const TensorUse& tensor) {
  std::vector<IndexUse> uses;
  for (const Subscript& axis : tensor.axes) uses.insert(uses.end(), axis.letters.begin(), axis.letters.end());
  return uses;
}

TermIndices sort_out(const std::vector<IndexUse>& uses, const Letters& bound) {
  TermIndices result;
  for (const IndexUse& use : uses) {
    if (find(result.free, use.letter) || find(result.summed, use.letter)) continue;
    const auto count =
        std::count_if(uses.begin(), uses.end(), [&](const IndexUse& u) { return u.letter == use.letter; });
    (count == 1 || contains(bound, use.letter) ? result.free : result.summed).push_back(use);
  }
  return result;
}

// lookup[v](E[v d], tokens[t]) shows t and d; concat[s](c[d], x[t d]) shows s and d.
std::vector<IndexUse> shown_by_tensors(const Factor& factor) {
  std::vector<IndexUse> shown;
  if (factor.function == "concat") shown = factor.axes;
  for (std::size_t i = 0; i < factor.tensors.size(); ++i)
    for (const IndexUse& use : uses_of(factor.tensors[i])) {
      const bool gone =
          factor.function == "concat" ? use.letter == factor.joined[i] : find(factor.axes, use.letter) != nullptr;
      if (!gone && !find(shown, use.letter)) shown.push_back(use);
    }
  return shown;
}

// One use for each occurrence that counts in the factor's term.
std::vector<IndexUse> shown_by(const Factor& factor, const Letters& bound) {
  if (factor.is_plain_tensor()) return uses_of(factor.tensor);
  if (factor.kind == Factor::Kind::tensor) return sort_out(uses_of(factor.tensor), bound).free;
  if (!factor.tensors.empty()) return shown_by_tensors(factor);
  if (factor.kind == Factor::Kind::call && factor.arguments.empty()) return factor.axes;
  std::vector<IndexUse> shown = free_in_arguments(factor, bound_inside(factor, bound));
  if (takes_indices_up(factor))
    std::erase_if(shown, [&](const IndexUse& use) { return find(factor.axes, use.letter); });
  if (factor.function == "repeat") shown.insert(shown.begin(), factor.axes.begin(), factor.axes.end());
  return shown;
}

std::vector<IndexUse> occurrences(const Term& term, const Letters& bound) {
  std::vector<IndexUse> uses;
  for (const Factor& factor : term.factors) {
    const std::vector<IndexUse> shown = shown_by(factor, bound);
    uses.insert(uses.end(), shown.begin(), shown.end());
  }
  return uses;
}

class Checker {
 public:
  explicit Checker(const BlockText& block) : block_(block) {}

  void definition(const TensorUse& left, const Expression& right) {
    const Letters bound = letters_of(left);
    for (const Term& term : right.terms) require_no_loose_index(left, term, bound);
    const std::vector<IndexUse> free = free_indices(right, bound);
    expression(right, bound, {}, free);
    for (const IndexUse& use : uses_of(left))
      if (!find(free, use.letter))
        block_.fail(use.place, "index '" + use.letter + "' of '" + left.name +
                                   "' occurs in no term on the right: remove it from the left, " +
                                   "or name it in a term");
  }

 private:
  std::string at(Place place) const { return block_.line(place) + ", column " + std::to_string(place.column); }

  // An index that occurs once and is not on the left: a typing slip must not become a sum.
  void require_no_loose_index(const TensorUse& left, const Term& term, const Letters& bound) {
    std::vector<IndexUse> loose = indices_of(term, bound).free;
    std::erase_if(loose, [&](const IndexUse& use) { return contains(bound, use.letter); });
    if (loose.empty()) return;
    for (const Factor& factor : term.factors)
      if (const IndexUse* axis = takes_indices_up(factor) ? find(factor.axes, loose[0].letter) : nullptr)
        block_.fail(loose[0].place, "index '" + axis->letter + "' is " + taken_up(factor) + " by the " +
                                        factor.function + " of " + at(axis->place) +
                                        ", and stands here outside it: use another letter inside the " +
                                        factor.function + ", or name the inner term first");
    const Letters letters = letters_of(loose);
    std::string joined;
    for (const std::string& letter : letters) joined += (joined.empty() ? "" : " ") + letter;
    const bool one = letters.size() == 1;
    block_.fail(loose[0].place,
                (one ? "index " : "indices ") + list_text(letters) +
                    (one ? " occurs once in '" : " occur once each in '") + block_.quote(term.span) + "' and " +
                    (one ? "is" : "are") + " not on the left of '" + left.name + "': to sum write sum[" + joined +
                    "](…)" +
                    (one ? ", or put it on the left" : "; if they are meant as one index, give them one letter"));
  }

  // `outside`: what the terms around this expression use beside it.
  // `free`: the indices that it has, those of the arguments beside it included.
  void expression(const Expression& whole, const Letters& bound, const std::vector<IndexUse>& outside,
                  const std::vector<IndexUse>& free) {
    for (const Term& term : whole.terms) {
      const TermIndices indices = indices_of(term, bound);
      require_no_guess(occurrences(term, bound), bound, outside, "in '" + block_.quote(term.span) + "'",
                       "these parentheses");
      require_all_or_bias(term, indices, free);
      for (std::size_t i = 0; i < term.factors.size(); ++i) {
        std::vector<IndexUse> beside = outside;
        for (std::size_t j = 0; j < term.factors.size(); ++j) {
          if (j == i) continue;
          const std::vector<IndexUse> shown = shown_by(term.factors[j], bound);
          beside.insert(beside.end(), shown.begin(), shown.end());
        }
        inside(term.factors[i], bound, beside);
      }
    }
  }

  // An index that stands twice in a scope is summed there, or, where it is on the left, is not: beside the scope a
  // reader cannot tell, and neither is what was meant every time.
  void require_no_guess(const std::vector<IndexUse>& uses, const Letters& bound, const std::vector<IndexUse>& outside,
                        const std::string& where, const std::string& scope) {
    for (const IndexUse& use : uses) {
      const IndexUse* other = find(outside, use.letter);
      if (!other || std::ranges::count(uses, use.letter, &IndexUse::letter) < 2) continue;
      const std::string used = " used outside " + scope + " (" + at(other->place) + "): ";
      if (!contains(bound, use.letter))
        block_.fail(use.place, "index '" + use.letter + "' is summed " + where + " and also" + used +
                                   "name the inner term first, on a line of its own, as u[k] = W[k d] x[d]");
      block_.fail(use.place,
                  "index '" + use.letter + "' stands twice " + where + ", where it is not summed because it " +
                      "is on the left (or in brackets around it), and is" + used +
                      "name the inner term first, as u[k] = W[k d] x[d]");
    }
  }

  // A term that lacks an index of the sum is broadcast over it: meant for numbers and biases; a product that lacks one
  // is more likely a slip.
  void require_all_or_bias(const Term& term, const TermIndices& indices, const std::vector<IndexUse>& free) {
    std::vector<const Factor*> factors;
    for (const Factor& factor : term.factors)
      if (!is_numeric(factor)) factors.push_back(&factor);
    const bool single = factors.size() == 1 && factors[0]->kind != Factor::Kind::parentheses && indices.summed.empty();
    if (indices.free.empty() || single) return;
    for (const IndexUse& use : free)
      if (!find(indices.free, use.letter))
        block_.fail(
            term.place,
            "the term '" + block_.quote(term.span) + "' lacks index '" + use.letter + "', which the sum has (" +
                at(use.place) +
                "): only a number, a scalar or a single tensor is repeated along an index by itself; write repeat[" +
                use.letter + "](…) if that is meant");
  }

  // What a factor does inside itself.
  void inside(const Factor& factor, const Letters& bound, const std::vector<IndexUse>& outside) {
    if (factor.kind == Factor::Kind::tensor && !factor.is_plain_tensor()) {
      require_no_guess(uses_of(factor.tensor), bound, outside, "inside '" + block_.quote(factor.span) + "'", "it");
    }
    if (!factor.tensors.empty()) tensors(factor, bound, outside);
    if (factor.arguments.empty()) return;
    const Letters inner = bound_inside(factor, bound);
    const std::vector<IndexUse> free = free_in_arguments(factor, inner);
    const std::string name = factor.function + "[" + (factor.axes.empty() ? "" : factor.axes[0].letter) + "]";
    for (const IndexUse& axis : factor.axes) {
      if (factor.function == "repeat") {
        if (find(free, axis.letter))
          block_.fail(axis.place, "'" + block_.quote(factor.arguments[0].span) + "' has index '" + axis.letter +
                                      "' already: repeat it along another, or leave 'repeat' out");
        continue;
      }
      if (!find(free, axis.letter))
        block_.fail(axis.place, "'" + factor.function + "' works along index '" + axis.letter + "', which '" +
                                    block_.quote(factor.arguments[0].span) + "' does not have" +
                                    known_names(axis.letter, letters_of(free)));
      if (!takes_indices_up(factor)) continue;
      if (contains(bound, axis.letter))
        block_.fail(axis.place, "index '" + axis.letter + "' is " + taken_up(factor) + " by " + name +
                                    " but stands on the left (or in the brackets of a function around it): " +
                                    (factor.function == "sum" ? "sum over" : "use") + " another letter");
      if (const IndexUse* other = find(outside, axis.letter))
        block_.fail(axis.place, "index '" + axis.letter + "' is " + taken_up(factor) + " by " + name +
                                    " and also used outside it (" + at(other->place) +
                                    "): use another letter inside the " + factor.function +
                                    ", or name the inner term first");
    }
    for (const Condition& condition : factor.where)
      for (const IndexSum* side : {&condition.left, &condition.right})
        for (const auto& [sign, use] : side->indices) require_known(use, free, "the condition");
    if (factor.mask)
      for (const IndexUse& use : uses_of(*factor.mask))
        require_known(use, free, "the mask '" + factor.mask->name + "'");
    // What stands in the brackets is free inside, whatever stands around the function.
    std::vector<IndexUse> around = outside;
    std::erase_if(around, [&](const IndexUse& use) { return find(factor.axes, use.letter); });
    for (const Expression& argument : factor.arguments) expression(argument, inner, around, free);
  }

  static std::string taken_up(const Factor& factor) { return factor.function == "sum" ? "summed" : "taken up"; }

  // Of lookup and concat: distinct indices in each tensor, and the index in the brackets where it belongs.
  void tensors(const Factor& factor, const Letters& bound, const std::vector<IndexUse>& outside) {
    for (const TensorUse& tensor : factor.tensors) {
      const std::vector<IndexUse> uses = uses_of(tensor);
      for (const IndexUse& use : uses)
        if (find(uses, use.letter) != &use)
          block_.fail(use.place, "index '" + use.letter + "' stands twice in a tensor of '" + factor.function +
                                     "': take the diagonal on a line of its own first");
    }
    if (factor.function != "lookup") return;
    const IndexUse& row = factor.axes[0];
    if (!find(uses_of(factor.tensors[0]), row.letter))
      block_.fail(row.place, "'lookup' chooses along index '" + row.letter + "', which '" +
                                 block_.quote(factor.tensors[0].span) + "' does not have");
    if (const IndexUse* other = find(uses_of(factor.tensors[1]), row.letter))
      block_.fail(other->place, "'lookup' takes index '" + row.letter + "' from '" + factor.tensors[1].name +
                                    "', which cannot have it: use another letter");
    if (contains(bound, row.letter))
      block_.fail(row.place, "index '" + row.letter +
                                 "' is taken up by lookup but stands on the left (or in the brackets of a function "
                                 "around it): use another letter");
    if (const IndexUse* other = find(outside, row.letter))
      block_.fail(row.place, "index '" + row.letter + "' is taken up by lookup and also used outside it (" +
                                 at(other->place) + "): use another letter inside the lookup");
    for (const Subscript& axis : factor.tensors[1].axes)
      if (axis.has_constant())
        block_.fail(axis.place, "a number among the subscripts of what 'lookup' chooses by: look up all, then take '" +
                                    axis_text(axis) + "' of the result");
  }

  void require_known(const IndexUse& use, const std::vector<IndexUse>& free, const std::string& what) {
    if (!find(free, use.letter))
      block_.fail(use.place, what + " uses index '" + use.letter + "', which the scores do not have" +
                                 known_names(use.letter, letters_of(free)));
  }

  const BlockText& block_;
};

}  // namespace

bool contains(const Letters& letters, std::string_view letter) {
  return std::find(letters.begin(), letters.end(), letter) != letters.end();
}

Letters letters_of(const std::vector<IndexUse>& uses) {
  Letters letters;
  for (const IndexUse& use : uses)
    if (!contains(letters, use.letter)) letters.push_back(use.letter);
  return letters;
}

Letters letters_of(const TensorUse& tensor) {
  return letters_of(uses_of(tensor));
}

Letters united(Letters first, const Letters& second) {
  for (const std::string& letter : second)
    if (!contains(first, letter)) first.push_back(letter);
  return first;
}

Letters bound_inside(const Factor& factor, const Letters& bound) {
  return united(bound, letters_of(factor.axes));
}

TermIndices indices_of(const Term& term, const Letters& bound) {
  return sort_out(occurrences(term, bound), bound);
}

std::vector<IndexUse> free_indices(const Expression& expression, const Letters& bound) {
  std::vector<IndexUse> free;
  for (const Term& term : expression.terms)
    for (const IndexUse& use : indices_of(term, bound).free)
      if (!find(free, use.letter)) free.push_back(use);
  return free;
}

std::vector<IndexUse> free_in_arguments(const Factor& factor, const Letters& bound) {
  std::vector<IndexUse> free;
  for (const Expression& argument : factor.arguments)
    for (const IndexUse& use : free_indices(argument, bound))
      if (!find(free, use.letter)) free.push_back(use);
  return free;
}

bool is_numeric(const Factor& factor) {
  if (factor.kind == Factor::Kind::tensor) return false;
  if (factor.kind == Factor::Kind::number || factor.kind == Factor::Kind::dim) return true;
  if (factor.arguments.empty() || !factor.axes.empty()) return false;
  return std::ranges::all_of(factor.arguments, [](const Expression& argument) {
    return std::ranges::all_of(argument.terms,
                               [](const Term& term) { return std::ranges::all_of(term.factors, is_numeric); });
  });
}

bool takes_indices_up(const Factor& factor) {
  return factor.function == "sum" || factor.function == "max" || factor.function == "min";
}

void check_indices(const BlockText& block, const BlockSyntax& syntax) {
  for (const Definition& definition : syntax.definitions)
    if (!definition.checked) Checker(block).definition(definition.left, definition.right);
  for (const LawLine& law : syntax.laws)
    if (!law.checked) Checker(block).definition(law.left, law.right);
}

}  // namespace invar
