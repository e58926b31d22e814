// Executes a plan on the host, over float, double or quad. All memory is taken in the constructor.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "backend/aligned_memory.h"
#include "backend/pack.h"
#include "backend/pointwise.h"
#include "backend/product.h"
#include "tensor/plan.h"

namespace invar {

/// Lanes for this many samples: rounded up to whole packs. A single sample has one lane, and its products are those of
/// matrices and vectors.
template <class S>
Index lanes_for(Index samples) {
  if (samples == 1) return 1;
  return (samples + kPackWidth<S> - 1) / kPackWidth<S> * kPackWidth<S>;
}

template <class S>
class HostExecutor {
 public:
  /// Memory for at most `samples` samples at a time.
  HostExecutor(std::shared_ptr<const KernelPlan> plan, Index samples);

  void set_variable(std::size_t slot, const S* values) { variables_.at(slot) = values; }
  void set_output(std::size_t vector, S* values) { outputs_.at(vector) = values; }
  /// Packed as [elements][lanes]; lanes beyond the `samples` ones hold finite numbers and weight 0.
  void set_samples(const S* input, const S* target, const S* weight, Index lanes, Index samples);

  void run();

 private:
  struct Offsets {
    std::vector<std::array<Index, 3>> outer, sum;  // (a, b, out), in elements
    Index dots = 0;                                // side by side: the extent of the innermost outer loop, else 0
  };
  static std::vector<std::array<Index, 3>> walk(const std::vector<Loop>& loops);

  S* address(const Location& place) const;
  void run_product(const ProductKernel& kernel, const Offsets& offsets);
  void run_stretches(const ProductKernel& kernel, const Offsets& offsets, ProductBlock<S> block);
  void run_choice(const ChoiceKernel& kernel);
  void run_elementwise(const PointwiseKernel& kernel, PointwiseOperands<S>& operands);

  std::shared_ptr<const KernelPlan> plan_;
  std::vector<Offsets> offsets_;
  std::vector<PointwiseOperands<S>> operands_;
  AlignedVector<S> batched_, unbatched_, scratch_, constants_;
  std::array<const S*, 4> variables_{};
  std::array<S*, 4> outputs_{};
  std::array<const S*, 3> samples_{};
  Index lanes_ = 0, filled_lanes_ = 0;
};

extern template class HostExecutor<float>;
extern template class HostExecutor<double>;
extern template class HostExecutor<Quad>;

}  // namespace invar
