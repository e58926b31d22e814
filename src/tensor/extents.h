// The extent of every index letter, from what is given: set extents, the text's `sizes`, the shapes of tensors, and the
// uses that tie one letter to another (x[t d] used as x[u e]: u is as long as t; Q[h d (j c)]: j · c is as long as a).
#pragma once

#include <map>
#include <string>

#include "tensor/syntax.h"

namespace invar {

/// Throws InputError where two sources disagree, where a group does not divide its axis, where a constant subscript is
/// outside its axis, and for a letter that nothing determines.
std::map<std::string, Index> solve_extents(const BlockText& block, const BlockSyntax& syntax, const KnownSizes& known);

}  // namespace invar
