// The dots and sums that an arrangement asks for, in double and in twice its precision.
//
// Plain: Gram matrices by register tiles, the rest loops that the compiler vectorises. Against Eigen's product the
// tiles take 0.6 to 0.8 of the time for 8 to 32 slices that stand side by side (QᵀQ), 1.3 to 1.5 times it where slices
// are transposed first (OOᵀ), and half of either when both vectors are one. Exact: compensated dots (Ogita, Rump,
// Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 2005, Dot2), one a lane, with both words of the result
// kept and, where an operand has a low word, its products added to the compensation. Error of one dot of length n:
// about n² 2^-106 Σ|x y| at worst, n 2^-106 Σ|x y| in practice; time: 6 to 10 times plain.
#pragma once

#include <vector>

#include "law/arrangement.h"
#include "law/double_double.h"
#include "law/form.h"
#include "law/operands.h"

namespace invar::form_detail {

/// Room for one panel (or one set of lanes), so that nothing is allocated while evaluating.
struct Scratch {
  explicit Scratch(const Arrangement& arrangement);

  std::vector<double> x_hi, x_lo, y_hi, y_lo;  // a packed panel
  std::vector<double> sum, rest;               // of lanes
};

/// Fills dots with the dots of x and y. `same` says that x and y are one vector: the squares that only norms need come
/// too.
void plain_dots(const LawForm& form, const Arrangement& arrangement, const double* x, const double* y, bool same,
                Scratch& scratch, double* dots);
void exact_dots(const LawForm& form, const Arrangement& arrangement, Wide x, Wide y, bool same, Scratch& scratch,
                double* dots_hi, double* dots_lo);

/// Fills sums[slice] with Σ x over the slices that the linear part reads.
void plain_sums(const Arrangement& arrangement, const double* x, double* sums);
void exact_sums(const Arrangement& arrangement, Wide x, double* sums_hi, double* sums_lo);

/// The dots of x with itself, and its sums.
template <class Operand>
void plain_squares(const LawForm& form, const Arrangement& arrangement, Operand x, Scratch& scratch, double* dots,
                   double* sums);

/// Of a float run's Euler step: the dots of k with itself, of θ with k and of θ' − ρ/2 with ρ, and the sums of k and ρ.
struct EulerDots {
  double *square, *slope, *rounding;
  double *slope_sums, *rounding_sums;
};
void euler_dots(const LawForm& form, const Arrangement& arrangement, const EulerStep& step, Scratch& scratch,
                const EulerDots& to);

/// The dots of |θ| + |Δ| with |Δ|, and with |Δ| + |ρ|, and of θ' with ρ; the sums of |Δ|, |Δ| + |ρ| and ρ.
struct SizeDots {
  double *step, *rounded, *rounding;
  double *step_sums, *rounded_sums, *rounding_sums;
};
template <class S, class Rho>
void size_dots(const LawForm& form, const Arrangement& arrangement, const SizedStep<S, Rho>& step, Scratch& scratch,
               const SizeDots& to);

}  // namespace invar::form_detail
