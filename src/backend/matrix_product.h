// Matrix products on one core with any strides. Operands are copied, block by block, to where the kernel wants them
// (Goto & van de Geijn, Anatomy of high-performance matrix multiplication, 2008), so a transposed or scattered operand
// costs what a plain one does, and no copy of it is ever needed elsewhere.
//
// Why not a library: BLIS has such strides but took 1.5 to 2 times as long (Debian's 0.9, AVX-512), Eigen's products
// take 1.02 to 1.2 times as long (bench_products), and oneDNN, up to 1.1 times as fast in float, has no double. Neither
// of the two takes any strides.
#pragma once

#include "backend/pack.h"
#include "tensor/plan.h"

namespace invar {

/// c (+)= scale · a b; a [m, k], b [k, n], c [m, n].
template <class S>
struct MatrixProduct {
  Index m = 0, n = 0, k = 0;
  const S* a = nullptr;
  const S* b = nullptr;
  S* c = nullptr;
  Index a_row = 0, a_column = 0;  // strides, in scalars
  Index b_row = 0, b_column = 0;
  Index c_row = 0, c_column = 0;  // one of them is 1, or the tiles take a detour
  S scale = S(1);
  bool add = false;  // to what c holds
  // Terms with index(low) > index(high) are zero, or make entries of c that nobody reads: of these entries all that
  // holds is that they are finite, if what c holds is or if it is not added to.
  ProductSide low = ProductSide::none, high = ProductSide::none;
};

/// Scalars that `matrix_product` needs as scratch, on a cache line.
template <class S>
Index matrix_scratch();

template <class S>
void matrix_product(MatrixProduct<S> product, S* scratch);

}  // namespace invar
