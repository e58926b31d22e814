// Which indices of a term are free and which are summed, and the texts in which that would be a guess.
//
// A term is a scope. In it an index that stands on the left (is `bound`) is free; of the others, one that occurs twice
// or more is summed, one that occurs once is shown to the scope around it: the term that holds the parentheses, or,
// outermost, nobody, which is an error. An argument, parentheses, a divisor and the base of a power are scopes inside a
// term and count there as one factor with the indices that they show. The indices in a function's brackets (softmax[u])
// are bound in its argument; sum[e], max[e] and min[e] show all but e, repeat[r] shows r besides. lookup[v] and
// concat[s] take tensors as they are, as one factor: the one shows all indices but v, the other s and what stands on
// the left. dim(a) is no occurrence.
#pragma once

#include <string>
#include <vector>

#include "tensor/syntax.h"

namespace invar {

/// Distinct letters in a fixed order.
using Letters = std::vector<std::string>;
bool contains(const Letters& letters, std::string_view letter);
Letters letters_of(const std::vector<IndexUse>& uses);
/// The letters of a tensor's axes, groups split, in order.
Letters letters_of(const TensorUse& tensor);
/// `first`, then what only `second` has.
Letters united(Letters first, const Letters& second);

struct TermIndices {
  std::vector<IndexUse> free;    // distinct, in order of appearance; of each the first occurrence
  std::vector<IndexUse> summed;  // likewise
};
TermIndices indices_of(const Term& term, const Letters& bound);

/// The indices that an expression shows: those free in any of its terms.
std::vector<IndexUse> free_indices(const Expression& expression, const Letters& bound);
/// Those that the arguments of a factor show, all together.
std::vector<IndexUse> free_in_arguments(const Factor& factor, const Letters& bound);

/// What is bound inside a factor's argument.
Letters bound_inside(const Factor& factor, const Letters& bound);

/// True where the factor holds no tensor: a number, dim(a), and what is computed from them.
bool is_numeric(const Factor& factor);

/// Whether a function's indices are gone from its value: sum, max, min.
bool takes_indices_up(const Factor& factor);

/// Throws InputError where the indices of a definition or law break a rule.
void check_indices(const BlockText& block, const BlockSyntax& syntax);

}  // namespace invar
