// What a plan must not have, to run on a device.
#pragma once

#include "tensor/plan.h"

namespace invar::cuda {

/// Registers of a thread that runs an elementwise kernel.
inline constexpr int kRegisters = 48;

/// InputError, with the operation, for more registers than a thread has; std::invalid_argument for rows of chosen
/// experts, which a plan for devices does not have.
void check_limits(const KernelPlan& plan);

}  // namespace invar::cuda
