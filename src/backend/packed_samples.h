// Samples as kernels read them: chunks of [elements][lanes], the samples innermost.
#pragma once

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

template <class S>
class PackedSamples {
 public:
  struct Chunk {
    const S* input;
    const S* target;
    const S* weight;
    Index lanes, samples;
  };

  /// Memory for `capacity` samples in chunks of at most `chunk_samples`.
  PackedSamples(const SampleArrays& source, Index capacity, Index chunk_samples);

  /// Takes the samples with these numbers, each with weight 1/size. A last, incomplete pack repeats the chunk's first
  /// sample with weight 0, so that padding never brings numbers into play that are not there anyway.
  void pack(std::span<const Index> samples);

  Index chunks() const { return chunks_; }
  Chunk chunk(Index index) const;

 private:
  const SampleArrays* source_;
  Index chunk_samples_;
  Index chunks_ = 0;
  Index count_ = 0;
  AlignedVector<S> input_, target_, weight_;
};

extern template class PackedSamples<float>;
extern template class PackedSamples<double>;
extern template class PackedSamples<Quad>;

}  // namespace invar
