#include "law/step_vectors.h"

#include <algorithm>
#include <cmath>

namespace invar::form_detail {

void euler_rounding(Range range, const double* before, const double* after, const double* k, double tau, double* rho_hi,
                    double* rho_lo) {
  if (!rho_lo) {
    double* __restrict rho = rho_hi;
    // θ' − θ is exact where θ changes by less than half of itself, and else as large as what it is taken from.
    for (Index i = range.begin; i < range.end; ++i) rho[i] = std::fma(-tau, k[i], after[i] - before[i]);
    return;
  }
  double* __restrict hi = rho_hi;
  double* __restrict lo = rho_lo;
  for (Index i = range.begin; i < range.end; ++i) {
    const DoubleDouble update = two_product(tau, k[i]);
    const DoubleDouble target = two_sum(before[i], update.hi);
    const DoubleDouble off = two_sum(after[i], -target.hi);
    const DoubleDouble low = two_sum(target.lo, update.lo);
    const DoubleDouble first = two_sum(off.hi, -low.hi);
    const DoubleDouble rho = fast_two_sum(first.hi, first.lo + (off.lo - low.lo));
    hi[i] = rho.hi;
    lo[i] = rho.lo;
  }
}

void exact_update(Range range, int stages, const double* const* k, const double* b, double tau, double* delta_hi,
                  double* delta_lo) {
  double* __restrict hi = delta_hi;
  double* __restrict lo = delta_lo;
  std::fill(hi + range.begin, hi + range.end, 0.0);
  std::fill(lo + range.begin, lo + range.end, 0.0);
  for (int stage = 0; stage < stages; ++stage) {
    const double weight = b[stage];
    const double* slope = k[stage];
    if (weight == 0.0) continue;
    for (Index i = range.begin; i < range.end; ++i) {
      const DoubleDouble sum = DoubleDouble(hi[i], lo[i]) + two_product(weight, slope[i]);
      hi[i] = sum.hi;
      lo[i] = sum.lo;
    }
  }
  for (Index i = range.begin; i < range.end; ++i) {
    const DoubleDouble delta = DoubleDouble(hi[i], lo[i]) * tau;
    hi[i] = delta.hi;
    lo[i] = delta.lo;
  }
}

void difference(Range range, const double* before, const double* after, double* delta_hi, double* delta_lo) {
  for (Index i = range.begin; i < range.end; ++i) {
    const DoubleDouble delta = two_sum(after[i], -before[i]);
    delta_hi[i] = delta.hi;
    delta_lo[i] = delta.lo;
  }
}

void update_rounding(Range range, const double* before, const double* after, const double* delta_hi,
                     const double* delta_lo, double* rho_hi, double* rho_lo) {
  double* __restrict hi = rho_hi;
  double* __restrict lo = rho_lo;
  for (Index i = range.begin; i < range.end; ++i) {
    const DoubleDouble target = two_sum(before[i], delta_hi[i]);
    const DoubleDouble off = two_sum(after[i], -target.hi);
    const DoubleDouble low = two_sum(target.lo, delta_lo[i]);
    const DoubleDouble first = two_sum(off.hi, -low.hi);
    const DoubleDouble rho = fast_two_sum(first.hi, first.lo + (off.lo - low.lo));
    hi[i] = rho.hi;
    lo[i] = rho.lo;
  }
}

void shifted(Range range, const double* x, double factor, const double* y_hi, const double* y_lo, double* out_hi,
             double* out_lo) {
  double* __restrict hi = out_hi;
  double* __restrict lo = out_lo;
  for (Index i = range.begin; i < range.end; ++i) {
    const DoubleDouble sum = two_sum(x[i], factor * y_hi[i]);
    const DoubleDouble normal = fast_two_sum(sum.hi, sum.lo + factor * y_lo[i]);
    hi[i] = normal.hi;
    lo[i] = normal.lo;
  }
}

void weighted_stages(Range range, int first, int stages, const double* const* k, const DoubleDouble* weight,
                     double* out_hi, double* out_lo) {
  double* __restrict hi = out_hi;
  double* __restrict lo = out_lo;
  std::fill(hi + range.begin, hi + range.end, 0.0);
  std::fill(lo + range.begin, lo + range.end, 0.0);
  for (int stage = first; stage < stages; ++stage) {
    const DoubleDouble factor = weight[stage];
    const double* slope = k[stage];
    if (factor.hi == 0.0) continue;
    for (Index i = range.begin; i < range.end; ++i) {
      const DoubleDouble sum = DoubleDouble(hi[i], lo[i]) + factor * slope[i];
      hi[i] = sum.hi;
      lo[i] = sum.lo;
    }
  }
}

void stage_cast(Range range, const double* before, double tau, int stages, const double* a_row, const double* const* k,
                double* out) {
  std::fill(out + range.begin, out + range.end, 0.0);
  for (int stage = 0; stage < stages; ++stage) {
    if (a_row[stage] == 0.0) continue;
    const double weight = tau * a_row[stage];
    for (Index i = range.begin; i < range.end; ++i) out[i] += weight * k[stage][i];
  }
  for (Index i = range.begin; i < range.end; ++i) {
    const double y = before[i] + out[i];
    out[i] = y - static_cast<double>(static_cast<float>(y));
  }
}

}  // namespace invar::form_detail
