#include "backend/packed_samples.h"

#include <algorithm>

namespace invar {

template <class S>
PackedSamples<S>::PackedSamples(const SampleArrays& source, Index capacity, Index chunk_samples, SampleAxis axis)
    : source_(&source),
      axis_(axis),
      capacity_(capacity),
      chunk_samples_(axis == SampleAxis::outermost ? chunk_samples : lanes_for<S>(chunk_samples)) {
  const Index lanes = (capacity + chunk_samples_ - 1) / chunk_samples_ * chunk_samples_;
  input_.assign(static_cast<std::size_t>(lanes * source.input_elements), S(0));
  target_.assign(static_cast<std::size_t>(lanes * source.target_elements), S(0));
  weight_.assign(static_cast<std::size_t>(lanes), S(0));
}

template <class S>
void PackedSamples<S>::pack(std::span<const Index> samples) {
  count_ = static_cast<Index>(samples.size());
  chunks_ = (count_ + chunk_samples_ - 1) / chunk_samples_;
  const S weight = S(1) / static_cast<S>(count_);
  for (Index c = 0; c < chunks_; ++c) {
    const Index first = c * chunk_samples_;
    const Index here = std::min(chunk_samples_, count_ - first);
    const Index lanes = padded(here);
    const bool outermost = axis_ == SampleAxis::outermost;
    const auto copy = [&](const std::vector<double>& from, Index elements, S* to) {
      for (Index lane = 0; lane < lanes; ++lane) {
        const Index sample = samples[static_cast<std::size_t>(first + (lane < here ? lane : 0))];
        const double* row = from.data() + sample * elements;
        S* first_element = outermost ? to + lane * elements : to + lane;
        const Index stride = outermost ? 1 : lanes;
        for (Index e = 0; e < elements; ++e) first_element[e * stride] = static_cast<S>(row[e]);
      }
    };
    copy(source_->input, source_->input_elements, input_.data() + first * source_->input_elements);
    copy(source_->target, source_->target_elements, target_.data() + first * source_->target_elements);
    for (Index lane = 0; lane < lanes; ++lane)
      weight_[static_cast<std::size_t>(first + lane)] = lane < here ? weight : S(0);
  }
}

template <class S>
typename PackedSamples<S>::Chunk PackedSamples<S>::chunk(Index index) const {
  const Index first = index * chunk_samples_, samples = std::min(chunk_samples_, count_ - first);
  return {input_.data() + first * source_->input_elements, target_.data() + first * source_->target_elements,
          weight_.data() + first, axis_ == SampleAxis::outermost ? 1 : lanes_for<S>(samples),
          axis_ == SampleAxis::outermost ? 1 : samples};
}

template class PackedSamples<float>;
template class PackedSamples<double>;
template class PackedSamples<Quad>;

}  // namespace invar
