// Butcher's tableau of a Runge–Kutta method: k_i = F(θ + τ Σ_j a_ij k_j, t + c_i τ), θ' = θ + τ Σ_i b_i k_i. The
// numbers are those with which the steps are computed: for float steps the quotients rounded to float, widened. A law's
// exact change over a step needs them (m_ij below), so they must not be "more exact" than the step itself.
#pragma once

#include <vector>

namespace invar {

struct Tableau {
  int stages = 0;
  std::vector<double> a;  // stages × stages, row-major
  std::vector<double> b;
  std::vector<double> c;

  /// m_ij = b_i a_ij + b_j a_ji − b_i b_j, row-major: a quadratic law h with polar form b(·,·) changes in one step by
  /// −τ² Σ_ij m_ij b(k_i, k_j). Zero for Gauss methods; −1 for Euler.
  std::vector<double> m() const;
};

/// Euler's tableau is exact in every precision.
const Tableau& euler_tableau();

/// Boost.Odeint's pairs, S = float or double. dopri5 has 7 stages: the last, at θ', is the next step's first, b_7 = 0.
template <class S>
const Tableau& dopri5_tableau();
template <class S>
const Tableau& cash_karp54_tableau();
template <class S>
const Tableau& fehlberg78_tableau();

}  // namespace invar
