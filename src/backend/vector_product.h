// Products of one sample, or of none: matrix times vector and outer products, over operands without a sample axis. Each
// number of the matrix is used once, so memory and not arithmetic sets their pace; what counts is to read it along its
// rows or its columns, whichever lie side by side.
#pragma once

#include "backend/product.h"

namespace invar {

/// Scalars that `vector_product` may need at ProductBlock::panel.
inline constexpr Index kVectorScratch = 4096;

/// Vector by vector, the vectors being the columns of b or the rows of a, whichever are fewer.
template <class S>
void matrix_times_vectors(const ProductBlock<S>& block);

/// sum == 1: out = scale · a bᵀ.
template <class S>
void outer_product(const ProductBlock<S>& block);

}  // namespace invar
