// Gradients of single samples, a pack of samples at a time: what a law's defect and the noise of SGD are measured on.
// Alone, a sample would fill one lane of a pack and leave the others idle.
#pragma once

#include <span>
#include <vector>

#include "backend/objective.h"

namespace invar {

template <class S>
class SampleGradients {
 public:
  /// The samples must outlive it.
  SampleGradients(CostPlans plans, const SampleSource& samples);

  Index size() const { return plans_.parameters; }
  Index samples() const { return samples_->count; }

  /// Calls use(sample, gradient) for every sample in order; the gradient is a flat vector, valid during the call.
  /// Nothing is allocated.
  template <class Use>
  void for_each(const S* theta, const Use& use) {
    for (Index first = 0; first < samples_->count; first += kPackWidth<S>) {
      const Index count = evaluate(theta, first);
      for (Index lane = 0; lane < count; ++lane) use(first + lane, gradient(lane));
    }
  }

 private:
  /// Evaluates the pack that begins with sample `first`; its number of samples.
  Index evaluate(const S* theta, Index first);
  const S* gradient(Index lane) const { return gradients_.data() + lane * size(); }

  CostPlans plans_;
  const SampleSource* samples_;
  HostExecutor<S> executor_;
  PackedSamples<S> packed_;
  AlignedVector<S> lanes_, gradients_;  // [parameters][lanes], [samples][parameters]
};

extern template class SampleGradients<double>;
extern template class SampleGradients<Quad>;

}  // namespace invar
