// The names, shapes and offsets of the tensors in one flat vector θ. Each tensor is row-major; tensors stand in the
// order in which the block's text declares them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

using Index = std::int64_t;
using Shape = std::vector<Index>;

/// Number of elements of a tensor of this shape; 1 for a scalar.
inline Index extent_product(const Shape& shape) {
  Index product = 1;
  for (const Index extent : shape) product *= extent;
  return product;
}

/// "[2, 3, 4]", as messages show a shape.
std::string shape_text(const Shape& shape);

struct Tensor {
  std::string name;
  Shape shape;
  Index offset = 0;
  Index size = 0;
};

class Layout {
 public:
  void append(std::string name, Shape shape);

  const std::vector<Tensor>& tensors() const { return tensors_; }
  Index size() const { return size_; }
  /// Null where no tensor has this name.
  const Tensor* find(std::string_view name) const;

 private:
  std::vector<Tensor> tensors_;
  Index size_ = 0;
};

}  // namespace invar
