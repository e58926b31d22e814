// CVODE's corrector, the solver of G(c) = c − γF(y + c) − a = 0 in each step, for J = −∇²C symmetric: conjugate
// gradients on I − γJ, preconditioned by what earlier steps have shown of J (low_rank_jacobian.h). (I − γJ) p is a
// difference quotient of G, one gradient. Internal to cvode.cpp.
//
// There is no iteration around it: corrections are of the tolerance's size, where F is as good as linear. SUNDIALS'
// Newton iteration with conjugate gradients took 1.6 to 2 times as many gradients: it evaluates F anew and solves a
// second time in each step, and learns nothing.
#pragma once

#include <sundials/sundials_nonlinearsolver.h>

#include "integrators/sundials_vector.h"

namespace invar::sundials {

inline int free_corrector(SUNNonlinearSolver solver) {
  return SUNNonlinSolFree(solver);
}
using Corrector = std::unique_ptr<_generic_SUNNonlinearSolver, Free<_generic_SUNNonlinearSolver, free_corrector>>;

/// For vectors like `like`. Where I − γJ is not positive definite, or not solved within `most_iterations`, CVODE tries
/// a shorter step.
Corrector make_corrector(N_Vector like, int most_iterations, SUNContext context);

/// What is known of J is dropped.
void forget(SUNNonlinearSolver solver);

}  // namespace invar::sundials
