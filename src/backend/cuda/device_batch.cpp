#include "backend/cuda/device_batch.h"

#include <algorithm>

namespace invar::cuda {
namespace {

/// Chunks of one length, as few as the bytes allow.
template <class S>
Index samples_a_chunk(const CostPlans& plans, Index capacity, Index most_bytes) {
  const Index sample = plans.wide->gradient(1, Experts::all)->unbatched_arena * static_cast<Index>(sizeof(S));
  const Index most = std::clamp<Index>(most_bytes / std::max<Index>(1, sample), 1, capacity);
  const Index chunks = (capacity + most - 1) / most;
  return (capacity + chunks - 1) / chunks;
}

}  // namespace

template <class S>
DeviceBatch<S>::DeviceBatch(const CostPlans& plans, const SampleSource& source, Index capacity, Make make,
                            Index most_bytes)
    : plans_(plans),
      make_(std::move(make)),
      chunk_samples_(samples_a_chunk<S>(plans, capacity, most_bytes)),
      packed_(source, capacity, chunk_samples_, SampleAxis::outermost) {
  executor(What::gradient);
}

template <class S>
void DeviceBatch<S>::pack(std::span<const Index> samples) {
  packed_.pack(samples);
  std::fill(std::begin(loaded_), std::end(loaded_), false);
}

template <class S>
DeviceExecutor<S>& DeviceBatch<S>::executor(What what) {
  auto& made = executors_[static_cast<std::size_t>(what)];
  if (!made) {
    const bool second = what == What::hessian;
    const auto plan = what == What::gradient ? plans_.wide->gradient(chunk_samples_, Experts::all)
                      : second               ? plans_.wide->hessian(chunk_samples_, Experts::all)
                                             : plans_.wide->cost(chunk_samples_, Experts::all);
    VectorSizes sizes;
    sizes.variables[0] = plans_.parameters;
    sizes.variables[1] = second ? plans_.parameters : 0;
    sizes.outputs[0] = what == What::cost ? 0 : plans_.parameters;
    sizes.outputs[1] = second ? 0 : 1;
    sizes.samples[0] = chunk_samples_ * plans_.input_elements;
    sizes.samples[1] = chunk_samples_ * plans_.target_elements;
    sizes.samples[2] = chunk_samples_;
    made = make_(plan, sizes);
  }
  return *made;
}

template <class S>
void DeviceBatch<S>::sum_up(What what) {
  DeviceExecutor<S>& device = executor(what);
  bool& loaded = loaded_[static_cast<std::size_t>(what)];
  for (Index c = 0; c < packed_.chunks(); ++c) {
    if (!loaded) {
      const auto chunk = packed_.chunk(c);
      device.set_samples(chunk.input, chunk.target, chunk.weight);
    }
    device.run(c == 0);
  }
  loaded = packed_.chunks() == 1;
}

template <class S>
S DeviceBatch<S>::gradient(const S* theta, S* gradient) {
  executor(What::gradient).set_variable(0, theta);
  sum_up(What::gradient);
  S cost(0);
  executor(What::gradient).sum(0, gradient);
  executor(What::gradient).sum(1, &cost);
  return cost;
}

template <class S>
S DeviceBatch<S>::cost(const S* theta) {
  executor(What::cost).set_variable(0, theta);
  sum_up(What::cost);
  S cost(0);
  executor(What::cost).sum(1, &cost);
  return cost;
}

template <class S>
void DeviceBatch<S>::hessian_product(const S* theta, const S* v, S* out) {
  executor(What::hessian).set_variable(0, theta);
  executor(What::hessian).set_variable(1, v);
  sum_up(What::hessian);
  executor(What::hessian).sum(0, out);
}

template class DeviceBatch<float>;
template class DeviceBatch<double>;
template class DeviceBatch<Quad>;

}  // namespace invar::cuda
