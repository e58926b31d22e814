#include "backend/cuda/batch_cost.h"

namespace invar::cuda {

BatchCost batch_cost(const CostPlans& plans, Index samples, bool with_gradient, Index scalar_bytes,
                     const DeviceFigures& device, Index most_chunk_bytes) {
  BatchCost cost;
  cost.chunk_samples = samples_a_chunk(plans, samples, scalar_bytes, most_chunk_bytes);
  cost.chunks = (samples + cost.chunk_samples - 1) / cost.chunk_samples;
  const auto plan = with_gradient ? plans.wide->gradient(cost.chunk_samples, Experts::all)
                                  : plans.wide->cost(cost.chunk_samples, Experts::all);
  const PlanCost once = cost_on_device(*plan, scalar_bytes);
  const Index outputs[] = {with_gradient ? plans.parameters : 0, 1};
  const Index of_samples = cost.chunk_samples * (plans.input_elements + plans.target_elements + 1);
  cost.parameter_bytes = plans.parameters * scalar_bytes;
  cost.gradient_bytes = 2 * (outputs[0] + outputs[1]) * scalar_bytes;
  cost.value_bytes = once.bytes;
  cost.table_bytes = once.table_bytes;
  cost.sample_bytes = of_samples * scalar_bytes;

  const auto chunks = static_cast<double>(cost.chunks), bytes = static_cast<double>(scalar_bytes);
  cost.flops = chunks * once.flops;
  cost.gemm_flops = chunks * once.gemm_flops;
  cost.launches = cost.chunks * once.launches;
  cost.traffic_bytes = chunks * once.traffic_bytes;
  for (const KernelCost& kernel : kernel_costs(*plan)) cost.seconds += chunks * device.seconds(kernel, scalar_bytes);
  // The chunk's outputs are added to the sum, which begins at zero.
  for (const Index size : outputs) {
    if (size == 0) continue;
    const KernelCost fill{1, false, 0, static_cast<double>(size)}, add{1, false, 0, 3 * static_cast<double>(size)};
    cost.launches += 1 + cost.chunks;
    cost.traffic_bytes += (fill.numbers + chunks * add.numbers) * bytes;
    cost.seconds += device.seconds(fill, scalar_bytes) + chunks * device.seconds(add, scalar_bytes);
  }
  cost.link_bytes = bytes * (static_cast<double>(plans.parameters + outputs[0] + outputs[1]) +
                             chunks * static_cast<double>(of_samples));
  cost.seconds += cost.link_bytes / device.link_per_second;
  return cost;
}

BatchCost step_cost(const CostPlans& plans, Index samples, Index scalar_bytes, const DeviceFigures& device,
                    Index most_chunk_bytes) {
  BatchCost cost = batch_cost(plans, samples, true, scalar_bytes, device, most_chunk_bytes);
  const Index squares = stretches_of(plans.parameters) * static_cast<Index>(sizeof(double));
  cost.parameter_bytes += plans.parameters * scalar_bytes + squares;  // θ' beside θ
  const auto parameters = static_cast<double>(plans.parameters);
  // θ to where the gradient reads it; the gradient to k, θ to θ'; the squares of θ'.
  for (const double numbers : {2 * parameters, 4 * parameters, parameters}) {
    const KernelCost kernel{1, false, 0, numbers};
    ++cost.launches;
    cost.traffic_bytes += kernel.numbers * static_cast<double>(scalar_bytes);
    cost.seconds += device.seconds(kernel, scalar_bytes);
  }
  const double spared = 2 * parameters * static_cast<double>(scalar_bytes) - static_cast<double>(squares);
  cost.link_bytes -= spared;
  cost.seconds -= spared / device.link_per_second;
  return cost;
}

}  // namespace invar::cuda
