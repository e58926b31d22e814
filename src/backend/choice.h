// Products with one-hot vectors: rows gathered or scattered by integers.
#pragma once

#include "tensor/plan.h"

namespace invar {

/// A tensor with its lanes; 1: the same numbers for all samples.
template <class S>
struct Laned {
  const S* data;
  Index lanes;
};

/// Runs over `lanes` samples, or lane by lane into an `out` without samples. What is no integer of the chosen axis
/// chooses nothing.
template <class S>
void run_choice(const ChoiceKernel& kernel, Laned<S> integers, Laned<S> other, S* out, Index out_lanes, Index lanes);

}  // namespace invar
