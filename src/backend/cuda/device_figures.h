// What is assumed of a device, to estimate what a plan takes there. These are its maker's figures, which no program
// reaches altogether; nothing here was measured.
#pragma once

#include <string_view>

#include "backend/cuda/plan_cost.h"

namespace invar::cuda {

struct DeviceFigures {
  std::string_view name;
  double bytes;                   // of memory
  double own_bytes;               // of them the driver's context and the workspaces of cuBLAS
  double bytes_per_second;        // of memory
  double link_per_second;         // from and to the host, bytes
  double float_per_second;        // operations, by kernels
  double double_per_second;       // operations, by kernels
  double float_gemm_per_second;   // operations of cuBLAS in float
  double double_gemm_per_second;  // in double, by tensor cores
  double tf32_gemm_per_second;    // of TF32, dense
  double launch_seconds;          // of a kernel in a recorded graph

  /// Each kernel takes a launch and the longer of its arithmetic and its memory; one follows the other.
  /// With products of TF32.
  DeviceFigures with_tf32() const;
  double seconds(const KernelCost& kernel, Index scalar_bytes) const;
  double flops_per_second(bool gemm, Index scalar_bytes) const;
};

/// NVIDIA H100 Tensor Core GPU, SXM5 (data sheet 2287922, 2022: memory, bandwidth, FP32, FP64 and its tensor cores,
/// PCIe 5.0 x16 in one direction). Context and workspaces, and the launch, are usual values of CUDA 12 and 13.
inline constexpr DeviceFigures kH100{
    "NVIDIA H100 SXM, 80 GB", 80e9, 0.6e9, 3.35e12, 64e9, 67e12, 34e12, 67e12, 67e12, 494.5e12, 3e-6};

}  // namespace invar::cuda
