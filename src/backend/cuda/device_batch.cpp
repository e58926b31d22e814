#include "backend/cuda/device_batch.h"

#include <algorithm>

namespace invar::cuda {
namespace {

/// Chunks of one length, as few as the bytes allow.
template <class S>
Index samples_a_chunk(const CostPlans& plans, Index capacity, Index most_bytes) {
  const Index sample = plans.wide->gradient(1)->unbatched_arena * static_cast<Index>(sizeof(S));
  const Index most = std::clamp<Index>(most_bytes / std::max<Index>(1, sample), 1, capacity);
  const Index chunks = (capacity + most - 1) / most;
  return (capacity + chunks - 1) / chunks;
}

}  // namespace

template <class S>
DeviceBatch<S>::DeviceBatch(const CostPlans& plans, const SampleArrays& source, Index capacity, Make make,
                            Index most_bytes)
    : plans_(plans),
      make_(std::move(make)),
      chunk_samples_(samples_a_chunk<S>(plans, capacity, most_bytes)),
      packed_(source, capacity, chunk_samples_, SampleAxis::outermost) {
  executor(false);
}

template <class S>
void DeviceBatch<S>::pack(std::span<const Index> samples) {
  packed_.pack(samples);
  loaded_[0] = loaded_[1] = false;
}

template <class S>
DeviceExecutor<S>& DeviceBatch<S>::executor(bool second) {
  auto& made = executors_[second];
  if (!made) {
    const auto plan = second ? plans_.wide->hessian(chunk_samples_) : plans_.wide->gradient(chunk_samples_);
    VectorSizes sizes;
    sizes.variables[0] = plans_.parameters;
    sizes.variables[1] = second ? plans_.parameters : 0;
    sizes.outputs[0] = plans_.parameters;
    sizes.outputs[1] = second ? 0 : 1;
    sizes.samples[0] = chunk_samples_ * plans_.input_elements;
    sizes.samples[1] = chunk_samples_ * plans_.target_elements;
    sizes.samples[2] = chunk_samples_;
    made = make_(plan, sizes);
  }
  return *made;
}

template <class S>
void DeviceBatch<S>::sum_up(bool second) {
  DeviceExecutor<S>& device = executor(second);
  for (Index c = 0; c < packed_.chunks(); ++c) {
    if (!loaded_[second]) {
      const auto chunk = packed_.chunk(c);
      device.set_samples(chunk.input, chunk.target, chunk.weight);
    }
    device.run(c == 0);
  }
  loaded_[second] = packed_.chunks() == 1;
}

template <class S>
S DeviceBatch<S>::gradient(const S* theta, S* gradient) {
  executor(false).set_variable(0, theta);
  sum_up(false);
  S cost(0);
  executor(false).sum(0, gradient);
  executor(false).sum(1, &cost);
  return cost;
}

template <class S>
void DeviceBatch<S>::hessian_product(const S* theta, const S* v, S* out) {
  executor(true).set_variable(0, theta);
  executor(true).set_variable(1, v);
  sum_up(true);
  executor(true).sum(0, out);
}

template class DeviceBatch<float>;
template class DeviceBatch<double>;
template class DeviceBatch<Quad>;

}  // namespace invar::cuda
