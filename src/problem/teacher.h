// Synthetic data: inputs from N(0, 1), or random tokens, targets from a random network of the same block.
#pragma once

#include "problem/problem.h"

namespace invar {

/// Fills the problem's samples. The teacher and the inputs have a seed of their own, the same for every start; with
/// cross-entropy a label is the position of the teacher's largest logit.
void make_teacher(Problem& problem, const Configuration& configuration);

}  // namespace invar
