// What one run of a plan takes on a device, from the plan alone: for estimates before anything is started.
#pragma once

#include <vector>

#include "tensor/plan.h"

namespace invar::cuda {

struct KernelCost {
  Index launches = 1;
  bool gemm = false;
  double flops = 0;    // of products, triangles as whole matrices
  double numbers = 0;  // each operand read or written once: what no cache can spare
};

struct PlanCost {
  Index bytes = 0;           // of the intermediate values and constants
  Index table_bytes = 0;     // of offsets and masks
  Index launches = 0;        // of kernels and gemms
  double flops = 0;          // of all products
  double gemm_flops = 0;     // the part of them that gemms do
  double traffic_bytes = 0;  // numbers of all kernels
};

/// Of a plan without lanes, in the order of its kinds.
std::vector<KernelCost> kernel_costs(const KernelPlan& plan);
/// The same summed up, over numbers of `scalar_bytes` bytes.
PlanCost cost_on_device(const KernelPlan& plan, Index scalar_bytes);

}  // namespace invar::cuda
