#include "invar/loss.h"

#include <functional>
#include <numeric>
#include <stdexcept>

namespace invar::api {

void Loss::hessian_product(std::span<const double>, std::span<const double>, std::span<double>) {
  throw std::logic_error("this loss has no Hessian-vector product: has_hessian_product() says so");
}

std::int64_t parameter_count(const std::vector<Tensor>& tensors) {
  std::int64_t count = 0;
  for (const Tensor& tensor : tensors)
    count += std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
  return count;
}

}  // namespace invar::api
