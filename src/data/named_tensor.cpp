#include "data/named_tensor.h"

#include <cmath>

namespace invar::data {

std::string nonfinite_text(double value) {
  return std::isnan(value) ? "NaN" : value > 0 ? "infinity" : "-infinity";
}

std::string index_text(const Shape& shape, std::int64_t offset) {
  Shape index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = offset % shape[axis];
    offset /= shape[axis];
  }
  return shape_text(index);
}

}  // namespace invar::data
