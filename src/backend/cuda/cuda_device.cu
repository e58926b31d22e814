// The real device: a stream, its memory, the launches of the kernels' bodies, and the recorded sequence (a CUDA graph).
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>

#include "backend/cuda/cublas.h"
#include "backend/cuda/plan_executor.h"
#include "error.h"

namespace invar::cuda {
namespace {

constexpr int kThreads = 256;
constexpr Index kMostBlocks = 1 << 20;                   // of more elements each thread takes several
constexpr std::size_t kWorkspace = 32ull * 1024 * 1024;  // cuBLAS's own advice for Hopper

std::string size_text(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text,
                bytes < 1000000      ? "%.3g kB"
                : bytes < 1000000000 ? "%.3g MB"
                                     : "%.3g GB",
                static_cast<double>(bytes) / (bytes < 1000000      ? 1e3
                                              : bytes < 1000000000 ? 1e6
                                                                   : 1e9));
  return text;
}

void check(cudaError_t error, const std::string& operation, const char* remedy = "try --backend host") {
  if (error != cudaSuccess) throw InputError(operation + ": " + cudaGetErrorString(error) + ": " + remedy);
}

template <class Body>
__global__ void __launch_bounds__(kThreads) index_kernel(Index count, Body body) {
  const Index step = static_cast<Index>(gridDim.x) * blockDim.x;
  for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) body(i);
}

template <class Body>
__global__ void __launch_bounds__(kThreads) row_kernel(Index count, Body body) {
  const DeviceTeam team{static_cast<int>(threadIdx.x) % kTeam};
  const Index teams = kThreads / kTeam, step = gridDim.x * teams;
  for (Index row = blockIdx.x * teams + threadIdx.x / kTeam; row < count; row += step) body(row, team);
}

unsigned blocks(Index count, Index in_a_block) {
  return static_cast<unsigned>(std::min((count + in_a_block - 1) / in_a_block, kMostBlocks));
}

class CudaDevice {
 public:
  explicit CudaDevice(DeviceOptions options) {
    check(cudaSetDevice(0), "cudaSetDevice");
    check(cudaStreamCreateWithFlags(&own_->stream, cudaStreamNonBlocking), "cudaStreamCreate");
    char* workspace = allocate<char>(static_cast<Index>(kWorkspace), "the workspace of cuBLAS");
    own_->cublas = std::make_unique<Cublas>(own_->stream, workspace, kWorkspace, options.tf32);
  }

  template <class T>
  T* allocate(Index count, const char* what) {
    if (count == 0) return nullptr;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "cudaMalloc of " + size_text(bytes) + " for " + what,
          "a smaller batch, or --accumulate N mini-batches a step, needs less memory");
    own_->memory.push_back(memory);
    // What no kernel ever writes is zero, as on the host.
    check(cudaMemsetAsync(memory, 0, bytes, own_->stream), std::string("clearing ") + what);
    return static_cast<T*>(memory);
  }
  template <class T>
  void upload(T* to, const T* from, Index count) {
    copy(const_cast<std::remove_const_t<T>*>(to), from, count, cudaMemcpyHostToDevice, "copy to the device");
  }
  template <class T>
  void download(T* to, const T* from, Index count) {
    copy(to, from, count, cudaMemcpyDeviceToHost, "copy from the device");
    check(cudaStreamSynchronize(own_->stream), "execution on the device");
  }

  template <class Body>
  void each(Index count, const Body& body) {
    if (count == 0) return;
    index_kernel<<<blocks(count, kThreads), kThreads, 0, own_->stream>>>(count, body);
    check(cudaGetLastError(), "launch of a kernel over " + std::to_string(count) + " elements");
  }
  template <class Body>
  void rows(Index count, const Body& body) {
    if (count == 0) return;
    row_kernel<<<blocks(count, kThreads / kTeam), kThreads, 0, own_->stream>>>(count, body);
    check(cudaGetLastError(), "launch of a kernel over " + std::to_string(count) + " rows");
  }
  template <class S, class A, class C>
  void gemm(const Gemm& gemm, S alpha, A a, A b, S beta, C c) {
    own_->cublas->gemm(gemm, alpha, a, b, beta, c);
  }

  /// The first time the launches are captured; every time the capture is replayed.
  template <class Launches>
  void record(const Launches& launches) {
    if (!own_->replay) {
      check(cudaStreamBeginCapture(own_->stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
      launches();
      cudaGraph_t graph = nullptr;
      check(cudaStreamEndCapture(own_->stream, &graph), "cudaStreamEndCapture");
      const cudaError_t error = cudaGraphInstantiate(&own_->replay, graph, 0);
      cudaGraphDestroy(graph);
      check(error, "cudaGraphInstantiate");
    }
    check(cudaGraphLaunch(own_->replay, own_->stream), "cudaGraphLaunch");
  }

 private:
  template <class T>
  void copy(T* to, const T* from, Index count, cudaMemcpyKind kind, const char* what) {
    if (count == 0) return;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
    check(cudaMemcpyAsync(to, from, bytes, kind, own_->stream), std::string(what) + " of " + size_text(bytes));
    // The caller's memory may be written to, or gone, once this returns.
    check(cudaStreamSynchronize(own_->stream), std::string(what) + " of " + size_text(bytes));
  }

  struct Own {
    Own() = default;
    Own(const Own&) = delete;
    Own& operator=(const Own&) = delete;
    ~Own() {
      if (stream) cudaStreamSynchronize(stream);
      if (replay) cudaGraphExecDestroy(replay);
      cublas.reset();
      for (void* each : memory) cudaFree(each);
      if (stream) cudaStreamDestroy(stream);
    }
    cudaStream_t stream = nullptr;
    cudaGraphExec_t replay = nullptr;
    std::vector<void*> memory;
    std::unique_ptr<Cublas> cublas;
  };
  std::unique_ptr<Own> own_ = std::make_unique<Own>();
};

}  // namespace

std::string cuda_unavailable() {
  int driver = 0, count = 0;
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
    return "there is no NVIDIA driver (libcuda.so.1 was looked for)";
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) return std::string("no CUDA device is found: ") + cudaGetErrorString(error);
  return count == 0 ? "no CUDA device is found" : cublas_unavailable();
}

template <class S>
std::unique_ptr<DeviceExecutor<S>> make_cuda_executor(std::shared_ptr<const KernelPlan> plan, const VectorSizes& sizes,
                                                      DeviceOptions options) {
  require_cuda();
  return std::make_unique<PlanExecutor<S, CudaDevice>>(CudaDevice(options), std::move(plan), sizes);
}

template std::unique_ptr<DeviceExecutor<float>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                   const VectorSizes&, DeviceOptions);
template std::unique_ptr<DeviceExecutor<double>> make_cuda_executor(std::shared_ptr<const KernelPlan>,
                                                                    const VectorSizes&, DeviceOptions);

}  // namespace invar::cuda
