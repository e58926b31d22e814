#include "problem/random_start.h"

#include <cmath>

#include "data/sampling.h"

namespace invar {

std::vector<double> random_start(const Block& block, double scale, std::int64_t seed, std::string_view purpose) {
  data::Engine engine = data::engine(static_cast<std::uint64_t>(seed), purpose);
  std::vector<double> theta = data::standard_normal(engine, block.parameters.size());
  for (std::size_t i = 0; i < block.fan_in.size(); ++i) {
    const Tensor& tensor = block.parameters.tensors()[i];
    const double deviation = scale / std::sqrt(block.fan_in[i]);
    for (Index k = 0; k < tensor.size; ++k) {
      double& value = theta[static_cast<std::size_t>(tensor.offset + k)];
      value = block.start[i] ? *block.start[i] : value * deviation;
    }
  }
  return theta;
}

}  // namespace invar
