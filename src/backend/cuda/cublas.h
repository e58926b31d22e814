// The products of cuBLAS, and nothing else of it. The library is loaded when the first product is asked for: a program
// that was built with CUDA starts, and runs on the host, where there is neither cuBLAS (600 MB) nor a driver.
#pragma once

#include <memory>
#include <string>

#include "backend/cuda/gemm.h"

namespace invar::cuda {

/// Why there is no cuBLAS here; "" where it can be loaded.
std::string cublas_unavailable();

class Cublas {
 public:
  /// On this CUDA stream (a cudaStream_t), with this workspace on the device. InputError where there is no cuBLAS.
  Cublas(void* stream, void* workspace, std::size_t workspace_bytes, bool tf32);

  /// C = alpha op(A) op(B) + beta C, for one matrix or matrices a stride apart; and for those at arrays of addresses.
  template <class S>
  void gemm(const Gemm& gemm, S alpha, const S* a, const S* b, S beta, S* c) const;
  template <class S>
  void gemm(const Gemm& gemm, S alpha, const S* const* a, const S* const* b, S beta, S* const* c) const;

 private:
  struct Library;
  std::shared_ptr<Library> library_;
};

}  // namespace invar::cuda
