// θ + τ Σ c_j v_j in one pass over memory for all terms: what an explicit Runge–Kutta step does between two gradients.
// Summed term by term it would read and write the result once for each.
#pragma once

#include <span>

#include "integrators/vector_field.h"

namespace invar {

/// A term c v of a sum. The vector may be reallocated or swapped between two sums, and must outlive them.
template <class S>
struct Term {
  S factor = S(0);
  const State<S>* vector = nullptr;
};

/// out = base + scale Σ factor_j vector_j, or without a base where it is null; all of out's size, 1 to 16 terms. The
/// sum of the terms is rounded at its own size and added to the base last. `out` is neither the base nor a term's
/// vector.
template <class S>
void combine(const State<S>* base, S scale, std::span<const Term<S>> terms, State<S>& out);

}  // namespace invar
