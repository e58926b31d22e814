// Conjugate gradients as SUNDIALS' linear solver, for A = I − γJ with J = −∇²C symmetric: three vectors and no
// orthogonalisation, where GMRES keeps all its directions. A is positive definite unless γ times the most negative
// curvature passes 1; met before, a direction of negative curvature ends the iteration with what is there, and the
// corrector's convergence test decides. Internal to cvode.cpp.
#pragma once

#include <sundials/sundials_linearsolver.h>

#include "integrators/sundials_vector.h"

namespace invar::sundials {

inline int free_solver(SUNLinearSolver solver) {
  return SUNLinSolFree(solver);
}
using LinearSolver = std::unique_ptr<_generic_SUNLinearSolver, Free<_generic_SUNLinearSolver, free_solver>>;

/// For vectors like `like`. The residual's weighted 2-norm is what the tolerance is for.
LinearSolver make_conjugate_gradients(N_Vector like, int most_iterations, SUNContext context);

}  // namespace invar::sundials
