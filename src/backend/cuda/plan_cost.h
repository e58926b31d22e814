// What one run of a plan takes on a device, from the plan alone: for estimates before anything is started.
#pragma once

#include "tensor/plan.h"

namespace invar::cuda {

struct PlanCost {
  Index bytes = 0;           // of the intermediate values and constants
  Index launches = 0;        // of kernels and gemms
  double flops = 0;          // of all products, triangles as whole matrices
  double gemm_flops = 0;     // the part of them that gemms do
  double traffic_bytes = 0;  // each operand of each kernel read or written once: what no cache can spare
};

/// Of a plan without lanes, over numbers of `scalar_bytes` bytes.
PlanCost cost_on_device(const KernelPlan& plan, Index scalar_bytes);

}  // namespace invar::cuda
