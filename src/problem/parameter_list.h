// What a block's parameters are, without a run: --print-parameters.
#pragma once

#include <iosfwd>
#include <string>

#include "problem/problem.h"

namespace invar {

/// A model or block after the other: its parameters and constants with shapes, letters and numbers, the data, the loss.
void print_parameters(std::ostream& out, const Configuration& configuration);

/// "cross-entropy, since the targets are labels": the loss, and why where it was left to be chosen.
std::string loss_reason(const Configuration& configuration, const Problem& problem);

}  // namespace invar
