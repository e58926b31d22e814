#include "tensor/layout.h"

#include <utility>

namespace invar {

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

void Layout::append(std::string name, Shape shape) {
  const Index size = extent_product(shape);
  tensors_.push_back({std::move(name), std::move(shape), size_, size});
  size_ += size;
}

const Tensor* Layout::find(std::string_view name) const {
  for (const Tensor& tensor : tensors_)
    if (tensor.name == name) return &tensor;
  return nullptr;
}

}  // namespace invar
