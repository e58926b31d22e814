// Found laws in a block's own index notation: `A[m h] A[m h] - V[h d] V[h d]`, one line for a family of laws that
// differ in the values of indices alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exact/find.h"
#include "tensor/layout.h"

namespace invar::exact {

struct LawFormula {
  std::string text;  // with the indices of the family as letters, of a single law as numbers
  std::vector<std::string> indices;
  std::int64_t components = 1;   // laws of the family; of a symmetric matrix those on and above its diagonal
  std::int64_t independent = 1;  // of them and of the families before
};

/// `letters`: of each tensor's axes, by its name; an axis of joined letters, "(j c)", has none of its own and gets one.
/// What has no shorter form is written entry by entry. Families that are functions of others, as the square of a linear
/// law is, are left out.
std::vector<LawFormula> formulas(const FoundLaws& found, const Layout& layout,
                                 const std::map<std::string, std::vector<std::string>>& letters);

}  // namespace invar::exact
