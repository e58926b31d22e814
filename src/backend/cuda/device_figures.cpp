#include "backend/cuda/device_figures.h"

#include <algorithm>

namespace invar::cuda {

double DeviceFigures::flops_per_second(bool gemm, Index scalar_bytes) const {
  if (scalar_bytes == sizeof(float)) return gemm ? float_gemm_per_second : float_per_second;
  return gemm ? double_gemm_per_second : double_per_second;
}

DeviceFigures DeviceFigures::with_tf32() const {
  DeviceFigures figures = *this;
  figures.float_gemm_per_second = tf32_gemm_per_second;
  return figures;
}

double DeviceFigures::seconds(const KernelCost& kernel, Index scalar_bytes) const {
  const double arithmetic = kernel.flops / flops_per_second(kernel.gemm, scalar_bytes),
               memory = kernel.numbers * static_cast<double>(scalar_bytes) / bytes_per_second;
  return static_cast<double>(kernel.launches) * launch_seconds + std::max(arithmetic, memory);
}

}  // namespace invar::cuda
