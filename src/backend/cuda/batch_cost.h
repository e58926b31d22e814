// What a batch takes on a device, as DeviceBatch runs it: chunk after chunk through one plan, the parameters sent there
// and the sum sent back once. From the plan alone; nothing is allocated and no device is asked.
#pragma once

#include "backend/cuda/device_batch.h"
#include "backend/cuda/device_figures.h"

namespace invar::cuda {

struct BatchCost {
  Index chunk_samples = 0, chunks = 0;
  // Memory of the device.
  Index parameter_bytes = 0;
  Index gradient_bytes = 0;  // of a chunk, and their sum
  Index value_bytes = 0;     // intermediate ones of a chunk, and constants
  Index table_bytes = 0;
  Index sample_bytes = 0;  // of a chunk
  // Of the batch.
  Index launches = 0;
  double flops = 0, gemm_flops = 0;  // of products
  double traffic_bytes = 0;          // to and from the device's memory
  double link_bytes = 0;             // to and from the host
  double seconds = 0;                // on the device of these figures

  Index bytes() const { return parameter_bytes + gradient_bytes + value_bytes + table_bytes + sample_bytes; }
};

/// Of a step of gradient descent that stays on the device: the gradient, the step and its norm. What its budget reduces
/// comes to it.
BatchCost step_cost(const CostPlans& plans, Index samples, Index scalar_bytes, const DeviceFigures& device,
                    Index most_chunk_bytes = kMostChunkBytes);

/// Of `samples` samples, their cost with its gradient or without, over numbers of `scalar_bytes` bytes.
BatchCost batch_cost(const CostPlans& plans, Index samples, bool with_gradient, Index scalar_bytes,
                     const DeviceFigures& device, Index most_chunk_bytes = kMostChunkBytes);

}  // namespace invar::cuda
