// What is projected onto must be conserved: a projection would hold a false law as well, and change the trajectory.
#pragma once

#include "problem/problem.h"

namespace invar {

/// Throws InputError where a law of the problem has a defect at the start; controls and claims are not projected.
void require_laws_to_project(const Problem& problem);

}  // namespace invar
