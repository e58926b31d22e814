// What the plain reductions of this folder read (backend/euler_operands.h), in the formats of runs.
#pragma once

#include "backend/euler_operands.h"

namespace invar::form_detail {

using Doubles = Elements<double>;
using Floats = Elements<float>;
// Of float runs.
using EulerStep = invar::EulerStep<float>;
using Rounding = EulerRounding<float>;
using Middle = EulerMiddle<float>;

/// A step whose sizes are looked at: Δ = factor · delta, and its rounding ρ.
template <class S, class Rho>
struct SizedStep {
  Elements<S> before, after, delta;
  double factor;
  Rho rho;

  DeltaSize<S> size() const { return {delta, factor}; }
  DeltaReach<S> reach() const { return {before, size()}; }
  DeltaSizeRounded<S, Rho> size_rounded() const { return {size(), rho}; }
};
using FloatSized = SizedStep<float, Rounding>;
using DoubleSized = SizedStep<double, Doubles>;

}  // namespace invar::form_detail
