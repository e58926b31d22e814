#include "problem/sizes.h"

#include <algorithm>
#include <map>
#include <string_view>

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

void take_sizes_from_weights(const BlockOutline& block, const std::vector<data::WeightTensor>& tensors,
                             KnownSizes& known) {
  std::map<std::string_view, const data::Shape*> shapes;
  for (const data::WeightTensor& tensor : tensors) shapes.emplace(tensor.name, &tensor.shape);
  take(block.input, known);  // data go first: weights of other sizes are then told to fit neither
  for (const auto* declared : {&block.parameters, &block.constants})
    for (const BlockOutline::Tensor& tensor : *declared) {
      const auto found = shapes.find(tensor.name);
      if (found == shapes.end() || found->second->size() != tensor.axes.size()) continue;
      for (std::size_t axis = 0; axis < tensor.axes.size(); ++axis) {
        const std::string& letter = tensor.axes[axis];
        const Index extent = (*found->second)[axis];
        if (letter.find('.') == std::string::npos && !block.sizes.contains(letter) && extent > 0)
          known.extents.emplace(letter, extent);
      }
    }
}

bool has_letter(const BlockOutline& block, const std::string& letter) {
  const auto has = [&](const BlockOutline::Tensor& tensor) {
    return std::ranges::any_of(tensor.axes,
                               [&](const std::string& axis) {  // "t", "(j c)", "layers.0.ffn.h"
                                 const std::size_t at = axis.find(letter);
                                 if (at == std::string::npos) return false;
                                 const std::string signs = "() ";
                                 const std::size_t end = at + letter.size();
                                 return (at == 0 || signs.find(axis[at - 1]) != std::string::npos) &&
                                        (end == axis.size() || signs.find(axis[end]) != std::string::npos);
                               });
  };
  return has(block.input) || has(block.output) || std::ranges::any_of(block.parameters, has);
}

}  // namespace invar
