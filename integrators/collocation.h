// Gauss–Legendre collocation (Hairer, Nørsett & Wanner, Solving ODEs I, II.7; Hairer & Wanner II, IV.5 and IV.8): s
// stages at the zeros of the shifted Legendre polynomial, order 2s, A-stable, and m_ij = 0: quadratic laws are kept
// exactly. What a step needs beside its tableau follows from the nodes.
#pragma once

#include <Eigen/Core>
#include <complex>

#include "integrators/tableau.h"

namespace invar {

struct Collocation {
  Tableau tableau;  // as steps are computed: for float steps rounded to float
  Eigen::MatrixXd a;

  /// A = transform · diag(blocks) · inverse: first the real eigenvalue where there is one, then a block [α β; −β α].
  /// The block makes one complex equation with the shift α − iβ. 0: no such eigenvalue.
  Eigen::MatrixXd transform, inverse;
  double real_shift = 0.0;
  std::complex<double> complex_shift = 0.0;

  /// The collocation polynomial's derivative at the step's start and end: Σ_j at_start_j k_j, Σ_j at_end_j k_j.
  Eigen::VectorXd at_start, at_end;
  /// The shift of the filter of the error estimate.
  double filter = 0.0;
  /// τ times a positive eigenvalue of J that a step still follows: e^z within a tenth, from above it poles near by.
  double growth = 0.0;

  int stages() const { return tableau.stages; }
  /// Weights w_j of Y(x) − θ' = τ Σ_j w_j k_j, where x > 1 counts from the step's start in steps and k_(s+1) = F(θ'):
  /// the integral of the polynomial through the stages' derivatives and that at the end.
  void extrapolate(double x, double* weights) const;

  Eigen::MatrixXd continued;  // its Lagrange polynomials' coefficients, ascending, one a column
};

/// 1, 2 or 3 stages; S: the steps' format.
template <class S>
const Collocation& gauss_collocation(int stages);

}  // namespace invar
