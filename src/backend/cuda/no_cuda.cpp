// In place of cuda_device.cu where the program is built without a CUDA toolkit.
#include "backend/cuda/device_executor.h"

namespace invar::cuda {

std::string cuda_unavailable() {
  return "this program was built without CUDA (nvcc of CUDA 13 builds it in: cmake -DINVAR_CUDA=ON)";
}

template <class S>
std::unique_ptr<DeviceExecutor<S>> make_cuda_executor(std::shared_ptr<const KernelPlan>, const VectorSizes&,
                                                      DeviceOptions) {
  require_cuda();
  return nullptr;
}

template std::unique_ptr<DeviceExecutor<float>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                   const VectorSizes&, DeviceOptions);
template std::unique_ptr<DeviceExecutor<double>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                    const VectorSizes&, DeviceOptions);

}  // namespace invar::cuda
