#include "backend/cuda/gemm.h"

#include <algorithm>
#include <limits>
#include <string>

#include "error.h"

namespace invar::cuda {
namespace {

constexpr Index kMostExtent = std::numeric_limits<int>::max();
// Below this many operations in one matrix, or with fewer terms, a call's overhead is all there is.
constexpr Index kFewestTerms = 2, kFewestOperations = 64;

struct Matrix {
  bool transposed;
  int leading;
};

/// The matrix [rows, columns] with these strides, as column-major storage.
std::optional<Matrix> stored(Index rows, Index columns, Index row_stride, Index column_stride) {
  const auto leading = [](Index length, Index others, Index stride) -> std::optional<int> {
    if (others == 1) stride = std::max(stride, length);  // never used
    if (stride < std::max<Index>(1, length) || stride > kMostExtent) return std::nullopt;
    return static_cast<int>(stride);
  };
  if (row_stride == 1 || rows == 1)
    if (const auto found = leading(rows, columns, column_stride)) return Matrix{false, *found};
  if (column_stride == 1 || columns == 1)
    if (const auto found = leading(columns, rows, row_stride)) return Matrix{true, *found};
  return std::nullopt;
}

std::vector<Place> places(const std::vector<Loop>& loops) {
  LoopNest nest;
  for (const Loop& loop : loops) nest.append(loop);
  std::vector<Place> result;
  for (Index i = 0; i < nest.size; ++i) result.push_back(nest.at(i));
  return result;
}

}  // namespace

void LoopNest::append(const Loop& loop) {
  if (loop.extent == 1) return;
  if (count == kMost)
    throw InputError("the cuda backend takes at most " + std::to_string(kMost) +
                     " nested loops, and a product of this block has more; use --backend host");
  loops[count++] = loop;
  size *= loop.extent;
}

std::optional<Gemm> gemm_of(const ProductKernel& kernel) {
  const Loop &rows = kernel.rows, &columns = kernel.columns, &sum = kernel.sum;
  if (std::max({rows.extent, columns.extent, sum.extent}) > kMostExtent) return std::nullopt;
  if (sum.extent < kFewestTerms || rows.extent * columns.extent * sum.extent < kFewestOperations) return std::nullopt;
  if (rows.extent == 1 && columns.extent == 1) return std::nullopt;  // dots
  const auto c = stored(rows.extent, columns.extent, rows.out, columns.out);
  const auto a = stored(rows.extent, sum.extent, rows.a, sum.a);
  const auto b = stored(sum.extent, columns.extent, sum.b, columns.b);
  if (!a || !b || !c) return std::nullopt;

  Gemm gemm;
  gemm.k = static_cast<int>(sum.extent);
  gemm.ldc = c->leading;
  gemm.swapped = c->transposed;  // Cᵀ = Bᵀ Aᵀ
  if (!c->transposed) {
    gemm.m = static_cast<int>(rows.extent);
    gemm.n = static_cast<int>(columns.extent);
    gemm.transpose_a = a->transposed, gemm.lda = a->leading;
    gemm.transpose_b = b->transposed, gemm.ldb = b->leading;
  } else {
    gemm.m = static_cast<int>(columns.extent);
    gemm.n = static_cast<int>(rows.extent);
    gemm.transpose_a = !b->transposed, gemm.lda = b->leading;
    gemm.transpose_b = !a->transposed, gemm.ldb = a->leading;
  }
  gemm.sums = places(kernel.outer_sum);
  std::vector<Loop> outer = kernel.outer;
  std::erase_if(outer, [](const Loop& loop) { return loop.extent == 1; });
  if (outer.size() == 1 && outer[0].extent <= kMostExtent) {
    gemm.batch = Gemm::Batch::strided;
    gemm.count = static_cast<int>(outer[0].extent);
    gemm.stride_a = gemm.swapped ? outer[0].b : outer[0].a;
    gemm.stride_b = gemm.swapped ? outer[0].a : outer[0].b;
    gemm.stride_c = outer[0].out;
  } else if (!outer.empty()) {
    gemm.batch = Gemm::Batch::addresses;
    gemm.outer = places(outer);
    gemm.count = static_cast<int>(gemm.outer.size());
  }
  return gemm;
}

}  // namespace invar::cuda
