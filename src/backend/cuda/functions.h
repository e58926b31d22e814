// What a thread of the device computes by itself: the elementwise functions, and places in nested loops. Plain C++
// where no CUDA compiler reads it, so that the same lines run in tests without a device.
#pragma once

#include <cmath>

#include "backend/euler_operands.h"
#include "tensor/plan.h"

namespace invar::cuda {

template <class S>
INVAR_HD S apply_to(Function function, S v) {
  const S zero(0), one(1);
  switch (function) {
    case Function::exp:
      return std::exp(v);
    case Function::log:
      return std::log(v);
    case Function::reciprocal:
      return one / v;
    case Function::sqrt:
      return std::sqrt(v);
    case Function::rsqrt:
      return one / std::sqrt(v);
    case Function::tanh:
      return std::tanh(v);
    case Function::sigmoid: {
      const S e = std::exp(v > zero ? -v : v);  // never overflows
      return (v > zero ? one : e) / (one + e);
    }
    case Function::relu:
      return v < zero ? zero : v;  // NaN stays NaN
    case Function::step:
      return v > zero ? one : zero;
    case Function::erfc:
      return std::erfc(v);
    case Function::sin:
      return std::sin(v);
    case Function::cos:
      return std::cos(v);
    case Function::abs:
      return v < zero ? -v : v;
    case Function::sign:
      return v > zero ? one : v < zero ? -one : zero;
    case Function::softplus:
      return (v > zero ? v : zero) + std::log1p(std::exp(v > zero ? -v : v));
  }
  return v;
}

/// Offsets in a, b and out at one place of nested loops.
struct Place {
  Index a = 0, b = 0, out = 0;
};

/// Nested loops, the last innermost; kept in the arguments of a launch, so at most `kMost` of them.
struct LoopNest {
  static constexpr int kMost = 16;
  int count = 0;
  Index size = 1;
  Loop loops[kMost];

  void append(const Loop& loop);

  INVAR_HD Place at(Index number) const {
    Place place;
    for (int i = count - 1; i >= 0; --i) {
      const Loop& loop = loops[i];
      const Index here = number % loop.extent;
      number /= loop.extent;
      place.a += here * loop.a;
      place.b += here * loop.b;
      place.out += here * loop.out;
    }
    return place;
  }
};

}  // namespace invar::cuda
