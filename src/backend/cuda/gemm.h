// A planned product as calls of a column-major gemm, C = alpha op(A) op(B) + beta C, as the BLAS defines it.
#pragma once

#include <optional>
#include <vector>

#include "backend/cuda/functions.h"

namespace invar::cuda {

/// One call of gemm for one matrix, for matrices that stand a stride apart, or for any (by arrays of addresses).
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  int m = 0, n = 0, k = 0;
  int lda = 0, ldb = 0, ldc = 0;
  bool swapped = false;  // A is the product's b: where the output's columns lie side by side
  enum class Batch { one, strided, addresses } batch = Batch::one;
  int count = 1;
  Index stride_a = 0, stride_b = 0, stride_c = 0;  // strided
  std::vector<Place> outer;                        // addresses: of each matrix (a and b as in the product)
  std::vector<Place> sums;                         // one call each, all but the first with beta = 1
};

/// Nothing where neither order of the strides is a matrix's, or the product is so small that a gemm has no use.
std::optional<Gemm> gemm_of(const ProductKernel& kernel);

}  // namespace invar::cuda
