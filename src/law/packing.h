// A panel of slices as the Gram kernels read it: blocks of 8 slices side by side, so that one load takes the same
// position of 8 slices. Memory that has this form already is read in place.
#pragma once

#include <vector>

#include "law/arrangement.h"
#include "law/operands.h"

namespace invar::form_detail {

inline constexpr Index kBlock = 8;  // slices in a block

/// Position l of slice 8 i + r is at data[i·block_stride + l·row_stride + r]. What stands there for slices beyond the
/// panel's count has no meaning; dots with them are not used.
struct Packed {
  const double* data;
  Index row_stride, block_stride;
};

inline Index blocks_of(const Panel& panel) {
  return (panel.count + kBlock - 1) / kBlock;
}

/// Elements that a buffer for this panel needs.
inline Index packed_size(const Panel& panel) {
  return blocks_of(panel) * kBlock * panel.total_length();
}

/// x over the panel's slices, in `buffer` or, of doubles, in place.
template <class Operand>
Packed pack(const Panel& panel, Operand x, double* buffer);

extern template Packed pack(const Panel&, Doubles, double*);
extern template Packed pack(const Panel&, Floats, double*);
extern template Packed pack(const Panel&, Rounding, double*);
extern template Packed pack(const Panel&, Middle, double*);
extern template Packed pack(const Panel&, Magnitudes<float>, double*);
extern template Packed pack(const Panel&, Magnitudes<double>, double*);
extern template Packed pack(const Panel&, DeltaSize<float>, double*);
extern template Packed pack(const Panel&, DeltaReach<float>, double*);
extern template Packed pack(const Panel&, DeltaSizeRounded<float, Rounding>, double*);
extern template Packed pack(const Panel&, DeltaSize<double>, double*);
extern template Packed pack(const Panel&, DeltaReach<double>, double*);
extern template Packed pack(const Panel&, DeltaSizeRounded<double, Doubles>, double*);

}  // namespace invar::form_detail
