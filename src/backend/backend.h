// What executes the plans of gradients.
#pragma once

#include <cstdint>

namespace invar {

/// cuda_tf32: products of float numbers whose mantissas are rounded to 10 bits, sums in float.
enum class Backend : std::uint8_t { host, cuda, cuda_tf32 };

/// The distance from 1 to the next number that its products read, of a format whose own is `epsilon`.
inline double product_epsilon(Backend backend, double epsilon) {
  return backend == Backend::cuda_tf32 ? 0x1p-10 : epsilon;
}

}  // namespace invar
