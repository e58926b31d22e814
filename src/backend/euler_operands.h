// What a plain reduction over an Euler step reads, element by element: a vector of the run, or one that is made on the
// way from the run's own three, so that nothing else is streamed from memory. Everything is in double.
#pragma once

#include <cmath>

#include "tensor/layout.h"

#ifdef __CUDACC__
#define INVAR_HD __host__ __device__
#else
#define INVAR_HD
#endif

namespace invar {

template <class S>
struct Elements {
  const S* x;
  INVAR_HD double operator[](Index i) const { return static_cast<double>(x[i]); }
};

/// θ' = θ + τ k, rounded. In double θ' − θ is exact where θ changes by less than half of itself, and else as large as
/// what it is taken from.
template <class S>
struct EulerStep {
  const S *before, *after, *k;
  double tau;
};

/// ρ = θ' − θ − τ k, to double's relative precision of τ k and of ρ.
template <class S>
struct EulerRounding {
  EulerStep<S> step;
  INVAR_HD double operator[](Index i) const {
    const double start = step.before[i], end = step.after[i], slope = step.k[i];
    return std::fma(-step.tau, slope, end - start);
  }
};

template <class S>
struct Magnitudes {
  const S* x;
  INVAR_HD double operator[](Index i) const { return std::abs(static_cast<double>(x[i])); }
};

/// |Δ| of a step Δ = factor · x.
template <class S>
struct DeltaSize {
  Elements<S> x;
  double factor;
  INVAR_HD double operator[](Index i) const { return std::abs(factor * x[i]); }
};

/// |θ| + |Δ|: how far a step reaches.
template <class S>
struct DeltaReach {
  Elements<S> before;
  DeltaSize<S> size;
  INVAR_HD double operator[](Index i) const { return std::abs(before[i]) + size[i]; }
};

/// |Δ| + |ρ|.
template <class S, class Rho>
struct DeltaSizeRounded {
  DeltaSize<S> size;
  Rho rho;
  INVAR_HD double operator[](Index i) const { return size[i] + std::abs(rho[i]); }
};

/// θ' − ρ/2.
template <class S>
struct EulerMiddle {
  EulerRounding<S> rounding;
  INVAR_HD double operator[](Index i) const { return static_cast<double>(rounding.step.after[i]) - 0.5 * rounding[i]; }
};

}  // namespace invar
