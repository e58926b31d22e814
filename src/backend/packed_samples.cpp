#include "backend/packed_samples.h"

#include <algorithm>

namespace invar {

template <class S>
PackedSamples<S>::PackedSamples(const SampleSource& source, Index capacity, Index chunk_samples, SampleAxis axis)
    : source_(&source),
      axis_(axis),
      capacity_(capacity),
      chunk_samples_(axis == SampleAxis::outermost ? chunk_samples : lanes_for<S>(chunk_samples)) {
  const Index lanes = (capacity + chunk_samples_ - 1) / chunk_samples_ * chunk_samples_;
  input_.assign(static_cast<std::size_t>(lanes * source.input_elements), S(0));
  target_.assign(static_cast<std::size_t>(lanes * source.target_elements), S(0));
  weight_.assign(static_cast<std::size_t>(lanes), S(0));
  row_.resize(static_cast<std::size_t>(std::max(source.input_elements, source.target_elements)));
}

template <class S>
void PackedSamples<S>::pack(std::span<const Index> samples, Index batch) {
  count_ = static_cast<Index>(samples.size());
  chunks_ = (count_ + chunk_samples_ - 1) / chunk_samples_;
  const S weight = S(1) / static_cast<S>(batch);
  const bool outermost = axis_ == SampleAxis::outermost;
  for (Index c = 0; c < chunks_; ++c) {
    const Index first = c * chunk_samples_;
    const Index here = std::min(chunk_samples_, count_ - first);
    const Index lanes = padded(here);
    const auto place = [&](Index elements, S* to, Index lane) {
      S* first_element = outermost ? to + lane * elements : to + lane;
      const Index stride = outermost ? 1 : lanes;
      for (Index e = 0; e < elements; ++e)
        first_element[e * stride] = static_cast<S>(row_[static_cast<std::size_t>(e)]);
    };
    S* input = input_.data() + first * source_->input_elements;
    S* target = target_.data() + first * source_->target_elements;
    for (Index lane = 0; lane < lanes; ++lane) {
      const Index sample = samples[static_cast<std::size_t>(first + (lane < here ? lane : 0))];
      source_->read_input(sample, row_.data());
      place(source_->input_elements, input, lane);
      source_->read_target(sample, row_.data());
      place(source_->target_elements, target, lane);
      weight_[static_cast<std::size_t>(first + lane)] = lane < here ? weight : S(0);
    }
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
