#include "backend/sample_gradients.h"

#include <algorithm>
#include <array>

namespace invar {

template <class S>
SampleGradients<S>::SampleGradients(CostPlans plans, const SampleSource& samples)
    : plans_(std::move(plans)),
      samples_(&samples),
      executor_(plans_.each_sample, kPackWidth<S>),
      packed_(samples, kPackWidth<S>, kPackWidth<S>),
      lanes_(static_cast<std::size_t>(plans_.parameters * kPackWidth<S>)),
      gradients_(lanes_.size()) {}

template <class S>
Index SampleGradients<S>::evaluate(const S* theta, Index first) {
  std::array<Index, kPackWidth<S>> numbers;
  const Index count = std::min<Index>(kPackWidth<S>, samples_->count - first);
  for (Index lane = 0; lane < count; ++lane) numbers[static_cast<std::size_t>(lane)] = first + lane;
  packed_.pack(std::span(numbers).first(static_cast<std::size_t>(count)));
  const auto chunk = packed_.chunk(0);
  executor_.set_variable(0, theta);
  executor_.set_output(0, lanes_.data());
  executor_.set_samples(chunk.input, chunk.target, chunk.weight, chunk.lanes, chunk.samples);
  executor_.run();
  // Weights are 1/count: each gradient counted once in a mean over the pack.
  const S scale = static_cast<S>(count);
  for (Index i = 0; i < size(); ++i)
    for (Index lane = 0; lane < count; ++lane)
      gradients_[static_cast<std::size_t>(lane * size() + i)] =
          scale * lanes_[static_cast<std::size_t>(i * chunk.lanes + lane)];
  return count;
}

template class SampleGradients<double>;
template class SampleGradients<Quad>;

}  // namespace invar
