// Samples as kernels read them: chunks of [elements][lanes], the samples innermost, or of [samples][elements].
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "backend/host_executor.h"

namespace invar {

/// Samples as loaders give them: row-major, one row a sample.
struct SampleArrays {
  Index count = 0;
  Index input_elements = 0, target_elements = 0;
  std::vector<double> input, target;
};

/// Where the sample axis of a chunk lies. Outermost, a plan is one for a fixed number of samples.
enum class SampleAxis : std::uint8_t { innermost, outermost };

template <class S>
class PackedSamples {
 public:
  struct Chunk {
    const S* input;
    const S* target;
    const S* weight;
    Index lanes, samples;  // as HostExecutor::set_samples wants them: 1 with the samples outermost
  };

  /// Memory for `capacity` samples in chunks of at most `chunk_samples`; outermost, of exactly so many.
  PackedSamples(const SampleArrays& source, Index capacity, Index chunk_samples,
                SampleAxis axis = SampleAxis::innermost);

  /// Takes the samples with these numbers, each with weight 1/size. What a last, incomplete pack or chunk lacks repeats
  /// its first sample with weight 0, so that padding never brings numbers into play that are not there anyway.
  void pack(std::span<const Index> samples);

  Index capacity() const { return capacity_; }
  Index chunks() const { return chunks_; }
  Chunk chunk(Index index) const;

 private:
  Index padded(Index samples) const { return axis_ == SampleAxis::outermost ? chunk_samples_ : lanes_for<S>(samples); }

  const SampleArrays* source_;
  SampleAxis axis_;
  Index capacity_;
  Index chunk_samples_;
  Index chunks_ = 0;
  Index count_ = 0;
  AlignedVector<S> input_, target_, weight_;
};

extern template class PackedSamples<float>;
extern template class PackedSamples<double>;
extern template class PackedSamples<Quad>;

}  // namespace invar
