// What the job of `train` would take with --backend cuda: memory, operations and time on one device, from the plans.
// Nothing is run, and no device is needed.
#pragma once

#include <iosfwd>

#include "problem/configuration.h"

namespace invar {

/// For each model, precision and batch of the job. Data sets that are known by name need not be there. Throws
/// InputError where the job could not be run.
void print_device_estimate(std::ostream& out, const Configuration& configuration);

}  // namespace invar
