// What a plain reduction reads, element by element: a vector in double, or one that is made on the way from a float
// run's Euler step, so that what is streamed from memory is the run's own three vectors.
#pragma once

#include <cmath>

#include "tensor/layout.h"

namespace invar::form_detail {

struct Doubles {
  const double* x;
  double operator[](Index i) const { return x[i]; }
};

struct Floats {
  const float* x;
  double operator[](Index i) const { return static_cast<double>(x[i]); }
};

/// θ' = θ + τ k, rounded to float. In double θ' − θ is exact where θ changes by less than half of itself, and else as
/// large as what it is taken from.
struct EulerStep {
  const float *before, *after, *k;
  double tau;
};

/// ρ = θ' − θ − τ k, to double's relative precision of τ k and of ρ.
struct Rounding {
  EulerStep step;
  double operator[](Index i) const {
    const double start = step.before[i], end = step.after[i], slope = step.k[i];
    return std::fma(-step.tau, slope, end - start);
  }
};

/// θ' − ρ/2.
struct Middle {
  Rounding rounding;
  double operator[](Index i) const { return static_cast<double>(rounding.step.after[i]) - 0.5 * rounding[i]; }
};

}  // namespace invar::form_detail
