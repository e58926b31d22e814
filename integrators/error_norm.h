// The size of a step's error estimate e, in units of the tolerance: component i weighs 1 / (atol + rtol max(|θ_i|,
// |θ'_i|)); a step is good when the norm is ≤ 1. Safe against what is not finite: NaN or infinity anywhere in e or θ'
// gives +∞, never a small number (Odeint's own norm drops NaN and accepts such a step).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "integrators/vector_field.h"

namespace invar {

enum class NormKind : std::uint8_t {
  rms,      // root mean square over all parameters
  max,      // largest component
  tensors,  // largest of the tensors' root mean squares: no small tensor drowns in a large one
};
std::string_view to_string(NormKind kind);
/// "rms", "max", "tensors"; throws InputError.
NormKind parse_norm(std::string_view text);

class ErrorNorm {
 public:
  /// `tensor_begin`: offsets of the tensors in θ, ascending from 0; used by NormKind::tensors, where it must not be
  /// empty. Throws InputError for tolerances that are negative, not finite, or both zero.
  ErrorNorm(NormKind kind, double rtol, double atol, std::vector<Eigen::Index> tensor_begin = {});

  template <class S>
  double operator()(const State<S>& error, const State<S>& before, const State<S>& after) const;

 private:
  NormKind kind_;
  double rtol_;
  double atol_;
  std::vector<Eigen::Index> tensor_begin_;
};

}  // namespace invar
