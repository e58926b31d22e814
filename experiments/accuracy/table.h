// The table of a comparison, as the program prints it: at most 80 columns wide.
#pragma once

#include <iosfwd>

#include "experiments/accuracy/results.h"

namespace invar {

void print_accuracy(std::ostream& out, const AccuracySetup& setup, const AccuracyResults& results);

}  // namespace invar
