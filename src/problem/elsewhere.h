// What a law is at parameters that a run does not visit. A run may start where a symmetry, a gate that is shut or a
// zero hides what a law is: the law of a function holds at all parameters, so the same defect is measured at the start
// displaced at random, each tensor by some of its own size and of a drawn one's, and at parameters drawn anew.
#pragma once

#include <vector>

#include "problem/problem.h"

namespace invar {

/// Of every component, those of the forms first, then those of the general laws.
struct Elsewhere {
  std::vector<double> defect;  // the largest at moderate distances; NaN: nothing measured there
  std::vector<bool> reached;   // a gradient reached the component's parameters at some distance, however far
  std::vector<bool> constant;  // the law's own derivative is 0 wherever it was looked at
  std::vector<double> theta;   // of a moderate distance, for a defect that only quad can judge
};

Elsewhere measure_elsewhere(const Problem& problem);

}  // namespace invar
