// Executes a plan on a device: what the rest of the program sees of it.
#pragma once

#include <memory>
#include <string>

#include "backend/cuda/euler_reductions.h"
#include "error.h"
#include "tensor/plan.h"

namespace invar::cuda {

/// Numbers in each array that a plan reads or writes, in the order of their indices in a Location.
struct VectorSizes {
  Index variables[2] = {0, 0};
  Index outputs[2] = {0, 0};
  Index samples[3] = {0, 0, 0};  // input, target, weight
};

/// All memory is taken when it is made; parameters and sums stay on the device from one chunk to the next.
template <class S>
class DeviceExecutor {
 public:
  virtual ~DeviceExecutor() = default;
  /// The host's numbers go to the device before the next run.
  virtual void set_variable(int slot, const S* values) = 0;
  virtual void set_samples(const S* input, const S* target, const S* weight) = 0;
  /// Runs the plan. The sums of its outputs begin with this run (`first`), or this run is added to them.
  virtual void run(bool first) = 0;
  /// Waits for the sum of output `vector`.
  virtual void sum(int vector, S* values) = 0;

  // Euler's steps θ' = θ + τ k, k = −(sum 0), with the parameters on the device from one to the next.
  /// θ, from the host.
  virtual void place(const S* theta) = 0;
  /// Variable 0 is θ: the runs up to end_step() are at it.
  virtual void begin_step() = 0;
  /// ‖θ'‖. Variable 0 stays θ, and sum 0 becomes k.
  virtual double end_step(S tau) = 0;
  /// Of the last step, until the next run.
  virtual void fetch(S* before, S* after, S* k) = 0;
  /// What a budget reduces of each step, on this device, which must outlive it.
  virtual std::unique_ptr<DeviceReductions> reductions(const EulerReductions& plan) = 0;
};

struct DeviceOptions {
  bool tf32 = false;  // products of float with 10 bits of mantissa; else exactly float
};

/// On the first CUDA device. InputError where there is none, where the program was built without CUDA, or where memory
/// does not suffice.
template <class S>
std::unique_ptr<DeviceExecutor<S>> make_cuda_executor(std::shared_ptr<const KernelPlan> plan, const VectorSizes& sizes,
                                                      DeviceOptions options = {});

/// Why make_cuda_executor would throw here, whatever the plan: what was looked for and not found. "" where there are a
/// device and cuBLAS.
std::string cuda_unavailable();

/// InputError where cuda_unavailable() says why, with the remedy.
inline void require_cuda() {
  if (const std::string why = cuda_unavailable(); !why.empty())
    throw InputError("the cuda backend cannot run here: " + why +
                     "; use --backend host, or a machine with an NVIDIA GPU, its driver and CUDA 13's cuBLAS");
}

}  // namespace invar::cuda
