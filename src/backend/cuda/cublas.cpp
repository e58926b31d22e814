#include "backend/cuda/cublas.h"

#include <cublas_v2.h>
#include <dlfcn.h>

#include <string>
#include <type_traits>

#include "error.h"

namespace invar::cuda {
namespace {

void check(cublasStatus_t status, const std::string& operation) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw InputError(operation + ": cuBLAS error " + std::to_string(static_cast<int>(status)) +
                     ": try a smaller batch, or --backend host");
}

std::string text(const Gemm& gemm) {
  return "gemm of " + std::to_string(gemm.m) + " x " + std::to_string(gemm.n) + " x " + std::to_string(gemm.k) + ", " +
         std::to_string(gemm.count) + " at a time";
}

/// Null where it is not found.
void* find_library() {
  for (const char* name : {"libcublas.so.13", INVAR_CUDA_LIBRARIES "/libcublas.so.13"})
    if (void* found = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return found;
  return nullptr;
}

}  // namespace

std::string cublas_unavailable() {
  if (find_library()) return "";
  const char* reason = dlerror();
  return "libcublas.so.13 cannot be loaded, neither from LD_LIBRARY_PATH nor from " INVAR_CUDA_LIBRARIES ": " +
         std::string(reason ? reason : "it is not found");
}

struct Cublas::Library {
  Library() : file(find_library()) {
    if (!file) throw InputError("the cuda backend: " + cublas_unavailable() + "; use --backend host");
    load(create, "cublasCreate_v2");
    load(destroy, "cublasDestroy_v2");
    load(set_stream, "cublasSetStream_v2");
    load(set_workspace, "cublasSetWorkspace_v2");
    load(set_math_mode, "cublasSetMathMode");
    load(sgemm, "cublasSgemmStridedBatched");
    load(dgemm, "cublasDgemmStridedBatched");
    load(sgemm_batched, "cublasSgemmBatched");
    load(dgemm_batched, "cublasDgemmBatched");
    check(create(&handle), "cublasCreate");
  }
  // The library itself stays loaded: what it registered with the driver ends with the process.
  ~Library() { destroy(handle); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <class F>
  void load(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(file, name));
    if (!function) throw InputError(std::string("libcublas.so.13 lacks ") + name + ": install CUDA 13's cuBLAS");
  }

  void* file;
  cublasHandle_t handle = nullptr;
  decltype(&cublasCreate_v2) create = nullptr;
  decltype(&cublasDestroy_v2) destroy = nullptr;
  decltype(&cublasSetStream_v2) set_stream = nullptr;
  decltype(&cublasSetWorkspace_v2) set_workspace = nullptr;
  decltype(&cublasSetMathMode) set_math_mode = nullptr;
  decltype(&cublasSgemmStridedBatched) sgemm = nullptr;
  decltype(&cublasDgemmStridedBatched) dgemm = nullptr;
  decltype(&cublasSgemmBatched) sgemm_batched = nullptr;
  decltype(&cublasDgemmBatched) dgemm_batched = nullptr;
};

Cublas::Cublas(void* stream, void* workspace, std::size_t workspace_bytes, bool tf32)
    : library_(std::make_shared<Library>()) {
  check(library_->set_stream(library_->handle, static_cast<cudaStream_t>(stream)), "cublasSetStream");
  // A workspace of ours: one result for the same numbers, and no allocation while launches are recorded.
  check(library_->set_workspace(library_->handle, workspace, workspace_bytes), "cublasSetWorkspace");
  check(library_->set_math_mode(library_->handle, tf32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_PEDANTIC_MATH),
        "cublasSetMathMode");
}

template <class S>
void Cublas::gemm(const Gemm& gemm, S alpha, const S* a, const S* b, S beta, S* c) const {
  const Library& in = *library_;
  const auto operation = [](bool transpose) { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const auto call = [&](auto function) {
    check(
        function(in.handle, operation(gemm.transpose_a), operation(gemm.transpose_b), gemm.m, gemm.n, gemm.k, &alpha, a,
                 gemm.lda, gemm.stride_a, b, gemm.ldb, gemm.stride_b, &beta, c, gemm.ldc, gemm.stride_c, gemm.count),
        text(gemm));
  };
  if constexpr (std::is_same_v<S, float>)
    call(in.sgemm);
  else
    call(in.dgemm);
}

template <class S>
void Cublas::gemm(const Gemm& gemm, S alpha, const S* const* a, const S* const* b, S beta, S* const* c) const {
  const Library& in = *library_;
  const auto operation = [](bool transpose) { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const auto call = [&](auto function) {
    check(function(in.handle, operation(gemm.transpose_a), operation(gemm.transpose_b), gemm.m, gemm.n, gemm.k, &alpha,
                   a, gemm.lda, b, gemm.ldb, &beta, c, gemm.ldc, gemm.count),
          text(gemm));
  };
  if constexpr (std::is_same_v<S, float>)
    call(in.sgemm_batched);
  else
    call(in.dgemm_batched);
}

template void Cublas::gemm(const Gemm&, float, const float*, const float*, float, float*) const;
template void Cublas::gemm(const Gemm&, double, const double*, const double*, double, double*) const;
template void Cublas::gemm(const Gemm&, float, const float* const*, const float* const*, float, float* const*) const;
template void Cublas::gemm(const Gemm&, double, const double* const*, const double* const*, double,
                           double* const*) const;

}  // namespace invar::cuda
