// Stability polynomials R of degree s and order p, R(z) = exp(z) + O(z^(p+1)), with |R| ≤ 0.95 on an interval of the
// negative real axis as long as can be. R = w P: P has all its zeros in the interval and is orthogonal there for the
// weight w² / √((x − x_0)(x_1 − x)), w has the complex ones; so |R| has ripples of one height (Abdulle & Medovikov,
// Numer. Math. 90, 2001; Abdulle, SIAM J. Sci. Comput. 23, 2002). The zeros of w and the interval's length are smooth
// functions of 1/s², fitted by the scripts in tables/.
#pragma once

#include <array>
#include <span>

namespace invar {

struct StabilityPolynomial {
  static constexpr int kMostStages = 250;

  std::span<const std::array<double, 2>> zeros;  // of w: −(first) ± i (second)
  double interval = 0.0;                         // P is orthogonal on [−interval, −offset]
  double offset = 0.0;
};

/// The value at 25 / s² of a polynomial, given from the constant term on.
double fitted(std::span<const double> polynomial, int stages);

/// R in place of the s + 1 arguments z.
void evaluate(const StabilityPolynomial& polynomial, std::span<double> z);

}  // namespace invar
