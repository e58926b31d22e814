// The linear and quadratic laws of a block, found without being told: h = Σ a_i θ_i + Σ s_ij θ_i θ_j with ∇h·X = 0 for
// the fields X of all samples, as the null space of a linear system modulo a prime.
//
// Which products θ_i θ_j are asked for: all of them where θ is short; else those of two entries of one tensor that
// differ along one axis at most, of which every Gram matrix Σ T[b, p, …] T[b, q, …] is a sum.
#pragma once

#include <cstdint>
#include <vector>

#include "exact/examine.h"

namespace invar::exact {

struct Monomial {
  std::int32_t first = 0, second = -1;  // θ_first, or θ_first θ_second
};

struct FoundLaw {
  struct Part {
    Monomial monomial;
    std::int64_t numerator = 0, denominator = 1;  // its coefficient; 0/0 where it is no small fraction
  };
  std::vector<Part> parts;
  bool independent = true;  // of those before it, by its gradient at a random θ: else it is a function of them
};

struct FoundLaws {
  std::vector<FoundLaw> laws;    // a basis of the null space, linear ones first
  std::int64_t independent = 0;  // rank of their gradients at a random θ
  std::int64_t unknowns = 0;
};

/// `most_for_all`: with so many parameters or fewer all products are asked for. Throws InputError as `examine` does.
FoundLaws find_laws(const Block& block, const ExamineOptions& options, std::int64_t most_for_all = 32);

}  // namespace invar::exact
