// A static cost model of matrix products and copies: one core of a processor of 2023, in float. Only ratios matter.
#pragma once

#include "tensor/plan.h"

namespace invar {

inline constexpr double kOperationsPerNanosecond = 150.0;
/// An element of an operand that is copied to where a kernel wants it.
inline constexpr double kCopyNanoseconds = 0.15;
/// The same without unit stride; an element of a scattered result.
inline constexpr double kStridedNanoseconds = 1.0;

/// All calls of a product without a batched operand, as strided matrix products.
double product_nanoseconds(const ProductKernel& kernel);

}  // namespace invar
