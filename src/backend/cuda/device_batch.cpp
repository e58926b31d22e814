#include "backend/cuda/device_batch.h"

#include <algorithm>

namespace invar::cuda {

Index samples_a_chunk(const CostPlans& plans, Index capacity, Index scalar_bytes, Index most_bytes) {
  const Index sample = plans.wide->gradient(1, Experts::all)->unbatched_arena * scalar_bytes;
  const Index most = std::clamp<Index>(most_bytes / std::max<Index>(1, sample), 1, capacity);
  const Index chunks = (capacity + most - 1) / most;
  return (capacity + chunks - 1) / chunks;
}

template <class S>
DeviceBatch<S>::DeviceBatch(const CostPlans& plans, const SampleSource& source, Index capacity, Make make,
                            Index most_bytes, Index packed_bytes)
    : plans_(plans),
      make_(std::move(make)),
      chunk_samples_(samples_a_chunk(plans, capacity, static_cast<Index>(sizeof(S)), most_bytes)),
      streams_(capacity * (source.input_elements + source.target_elements) >
               packed_bytes / static_cast<Index>(sizeof(S))),
      packed_(source, streams_ ? chunk_samples_ : capacity, chunk_samples_, SampleAxis::outermost) {}

template <class S>
void DeviceBatch<S>::pack(std::span<const Index> samples) {
  if (streams_)
    samples_.assign(samples.begin(), samples.end());
  else
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
  const auto batch = static_cast<Index>(samples_.size());
  const Index chunks = streams_ ? (batch + chunk_samples_ - 1) / chunk_samples_ : packed_.chunks();
  for (Index c = 0; c < chunks; ++c) {
    if (!loaded) {
      const Index first = c * chunk_samples_;
      if (streams_)
        packed_.pack({samples_.data() + first, static_cast<std::size_t>(std::min(chunk_samples_, batch - first))},
                     batch);
      const auto chunk = packed_.chunk(streams_ ? 0 : c);
      device.set_samples(chunk.input, chunk.target, chunk.weight);
    }
    device.run(c == 0);
  }
  loaded = chunks == 1;
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
typename DeviceBatch<S>::Stepped DeviceBatch<S>::step(S tau) {
  DeviceExecutor<S>& device = executor(What::gradient);
  device.begin_step();
  sum_up(What::gradient);
  Stepped stepped{S(0), 0.0};
  device.sum(1, &stepped.cost);
  stepped.norm = device.end_step(tau);
  return stepped;
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
