// Products whose result has no sample axis, by way of a panel: a strip of the right operand, transposed so that its
// columns lie side by side, against which the left operand is broadcast row by row. The sum over the samples then needs
// no sum across a vector register at all, which is what costs where samples are few.
#pragma once

#include "backend/product.h"

namespace invar {

/// Scalars that `panel_product` needs at ProductBlock::panel, for sums over `lanes` samples (1 where there are none).
template <class S>
Index panel_scalars(Index lanes);

/// Is a panel worth its transposition? Rows and columns may be exchanged for it.
template <class S>
bool suits_panel(const ProductBlock<S>& block, bool over_samples);

/// Sums over the samples if `over_samples`: both operands then are batched; else neither is.
template <class S>
void panel_product(const ProductBlock<S>& block, bool over_samples);

}  // namespace invar
