// What a plan's kernels read and write, each operand counted once a kernel: with the FLOPs of its products, what says
// whether arithmetic or memory limits it.
#pragma once

#include "tensor/plan.h"

namespace invar {

struct Traffic {
  double per_sample = 0, fixed = 0;  // scalars
};

Traffic traffic(const KernelPlan& plan);

}  // namespace invar
