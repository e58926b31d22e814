#include "experiments/sizes.h"

namespace invar {
namespace {

void take(const BlockOutline::Tensor& tensor, KnownSizes& known) {
  const auto shape = known.shapes.find(tensor.name);
  if (shape == known.shapes.end() || shape->second.size() != tensor.axes.size()) return;
  for (std::size_t axis = 0; axis < tensor.axes.size(); ++axis)
    if (tensor.axes[axis].size() == 1) known.extents.emplace(tensor.axes[axis], shape->second[axis]);
}

}  // namespace

void take_sizes_from_shapes(const BlockOutline& block, KnownSizes& known) {
  take(block.input, known);
  for (const BlockOutline::Tensor& tensor : block.parameters) take(tensor, known);
  for (const BlockOutline::Tensor& tensor : block.constants) take(tensor, known);
}

}  // namespace invar
