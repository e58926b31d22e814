// Samples as kernels read them: chunks of [elements][lanes], the samples innermost, or of [samples][elements].
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "backend/host_executor.h"

namespace invar {

/// Samples a row at a time, each read when it is packed: so a data set need not be in memory. Several threads may read.
struct SampleSource {
  SampleSource() = default;
  SampleSource(Index samples, Index inputs, Index targets)
      : count(samples), input_elements(inputs), target_elements(targets) {}
  virtual ~SampleSource() = default;
  SampleSource(const SampleSource&) = default;
  SampleSource& operator=(const SampleSource&) = default;

  /// Writes a sample's `input_elements` or `target_elements` numbers.
  virtual void read_input(Index sample, double* row) const = 0;
  virtual void read_target(Index sample, double* row) const = 0;

  Index count = 0;
  Index input_elements = 0, target_elements = 0;
};

/// In memory: row-major, one row a sample.
struct SampleArrays final : SampleSource {
  SampleArrays() = default;
  SampleArrays(Index samples, Index inputs, Index targets, std::vector<double> x, std::vector<double> y)
      : SampleSource(samples, inputs, targets), input(std::move(x)), target(std::move(y)) {}

  void read_input(Index sample, double* row) const override {
    std::copy_n(input.data() + sample * input_elements, input_elements, row);
  }
  void read_target(Index sample, double* row) const override {
    std::copy_n(target.data() + sample * target_elements, target_elements, row);
  }

  std::vector<double> input, target;
};

/// A full batch that takes no more than this stays packed.
inline constexpr Index kPackedBytes = Index{256} << 20;

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
  PackedSamples(const SampleSource& source, Index capacity, Index chunk_samples,
                SampleAxis axis = SampleAxis::innermost);

  /// Takes the samples with these numbers, each with weight 1/batch: a batch, or some of its chunks. What a last,
  /// incomplete pack or chunk lacks repeats its first sample with weight 0, so that padding never brings numbers into
  /// play that are not there anyway.
  void pack(std::span<const Index> samples, Index batch);
  void pack(std::span<const Index> samples) { pack(samples, static_cast<Index>(samples.size())); }

  Index capacity() const { return capacity_; }
  Index chunks() const { return chunks_; }
  Chunk chunk(Index index) const;

 private:
  Index padded(Index samples) const { return axis_ == SampleAxis::outermost ? chunk_samples_ : lanes_for<S>(samples); }

  const SampleSource* source_;
  SampleAxis axis_;
  Index capacity_;
  Index chunk_samples_;
  Index chunks_ = 0;
  Index count_ = 0;
  AlignedVector<S> input_, target_, weight_;
  std::vector<double> row_;
};

extern template class PackedSamples<float>;
extern template class PackedSamples<double>;
extern template class PackedSamples<Quad>;

}  // namespace invar
