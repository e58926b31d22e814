// out (+)= scale · Σ a b for one block of rows × columns × sum, in the three forms that the samples' innermost place
// gives:
//   weights × samples  (a unbatched, b and out batched): a is broadcast along the samples, like a matrix product with
//   the
//                      samples as columns;
//   samples × samples  (all batched): a small matrix product in each lane;
//   reduction          (out unbatched): summed over the samples too, as for a parameter's gradient.
// Strides are in scalars: those of batched tensors are already multiplied by the number of lanes.
#pragma once

#include <utility>

#include "tensor/plan.h"

namespace invar {

template <class S>
struct ProductBlock {
  const S* a;
  const S* b;
  S* out;
  Index rows, columns, sum, lanes;
  Index samples;  // lanes that hold a sample; the others add nothing to a sum over the samples
  Index a_row, a_sum, b_column, b_sum, out_row, out_column;
  S scale;
  bool add;        // to what out holds
  bool a_batched;  // reduction only
  // Terms with index(low) > index(high) are zero or of no use; what they alone make may be anything finite.
  ProductSide low = ProductSide::none, high = ProductSide::none;
  S* panel;  // scratch for panel_product.h, vector_product.h and matrix_product.h
};

/// The same product, transposed, where both operands are batched or neither is.
template <class S>
void exchange_rows_and_columns(ProductBlock<S>& p) {
  std::swap(p.a, p.b);
  std::swap(p.rows, p.columns);
  std::swap(p.a_row, p.b_column);
  std::swap(p.a_sum, p.b_sum);
  std::swap(p.out_row, p.out_column);
}

template <class S>
void weights_times_samples(const ProductBlock<S>& block);
template <class S>
void samples_times_samples(const ProductBlock<S>& block);
template <class S>
void reduce_samples(const ProductBlock<S>& block);
/// out[l] (+)= scale · Σ a[l] b[l] for `lanes` numbers l that lie side by side in all three; rows and columns are 1.
template <class S>
void side_by_side_dots(const ProductBlock<S>& block);
/// Is a product without a sample axis one for matrix_product.h?
template <class S>
bool suits_matrix_product(Index rows, Index columns, Index sum);
/// Neither operand nor the output has a sample axis.
template <class S>
void plain_product(const ProductBlock<S>& block);

}  // namespace invar
