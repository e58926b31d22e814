// In the place of the CUDA backend's own device: programs that are linked with it run `--backend cuda` on the host.
#include "tests/device_double.h"

namespace invar::cuda {

std::string cuda_unavailable() {
  return "";
}

template <class S>
std::unique_ptr<DeviceExecutor<S>> make_cuda_executor(std::shared_ptr<const KernelPlan> plan, const VectorSizes& sizes,
                                                      DeviceOptions options) {
  return std::make_unique<PlanExecutor<S, DeviceDouble>>(DeviceDouble(options), std::move(plan), sizes);
}

template std::unique_ptr<DeviceExecutor<float>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                   const VectorSizes&, DeviceOptions);
template std::unique_ptr<DeviceExecutor<double>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                    const VectorSizes&, DeviceOptions);

}  // namespace invar::cuda
