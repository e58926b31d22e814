// The vectors of one step that its budget is evaluated at, element by element over [begin, end): the exact update Δ,
// its rounding ρ, midpoints and weighted sums of stages. Numbers hi + lo are normalised; nothing is rounded that the
// words can hold.
#pragma once

#include "law/double_double.h"
#include "law/operands.h"
#include "tensor/layout.h"

namespace invar::form_detail {

struct Range {
  Index begin, end;
};

/// ρ = θ' − θ − τ k, exact but for the last bit of lo. With lo null: to double's relative precision of τ k and of ρ.
void euler_rounding(Range range, const double* before, const double* after, const double* k, double tau, double* rho_hi,
                    double* rho_lo);

/// Δ = τ Σ b_i k_i.
void exact_update(Range range, int stages, const double* const* k, const double* b, double tau, double* delta_hi,
                  double* delta_lo);

/// Δ = θ' − θ.
void difference(Range range, const double* before, const double* after, double* delta_hi, double* delta_lo);

/// ρ = θ' − θ − Δ.
void update_rounding(Range range, const double* before, const double* after, const double* delta_hi,
                     const double* delta_lo, double* rho_hi, double* rho_lo);

/// x + factor · (y_hi + y_lo), for factor a power of two.
void shifted(Range range, const double* x, double factor, const double* y_hi, const double* y_lo, double* out_hi,
             double* out_lo);

/// Σ_{i ≥ first} weight_i k_i.
void weighted_stages(Range range, int first, int stages, const double* const* k, const DoubleDouble* weight,
                     double* out_hi, double* out_lo);

/// Y − fl32(Y) for the stage Y = θ + τ Σ_j a_j k_j, as a double run computes it.
void stage_cast(Range range, const double* before, double tau, int stages, const double* a_row, const double* const* k,
                double* out);

}  // namespace invar::form_detail
