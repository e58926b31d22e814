// Data or parameters so large that training fails for want of room in the number format.
#pragma once

#include <string>

#include "problem/problem.h"

namespace invar {

/// Throws InputError where the loss or the gradient at the start, or their squares, are beyond the format and the data
/// or parameters are far from 1. Looks at the samples with the largest numbers.
void check_scale(const Problem& problem, Configuration::Precision precision);

/// What to add to the message of a run that failed: "" where the data are within some thousands.
std::string scale_hint(const Problem& problem);

}  // namespace invar
