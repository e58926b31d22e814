#include "invar/loss.h"

#include <stdexcept>

#include "library/checked.h"
#include "library/tensors.h"

namespace invar::api {

void Loss::hessian_product(std::span<const double>, std::span<const double>, std::span<double>) {
  throw std::logic_error("this loss has no Hessian-vector product: has_hessian_product() says so");
}

std::int64_t parameter_count(const std::vector<Tensor>& tensors) {
  return checked([&] {
    std::int64_t count = 0;
    for (const Tensor& tensor : tensors) {
      count += numbers_of(tensor.shape, "parameters: '" + tensor.name + "'");
      if (count > kMostNumbers)
        throw InputError("parameters: up to '" + tensor.name +
                         "' they have more than 10^12 numbers together; give smaller extents");
    }
    return count;
  });
}

}  // namespace invar::api
