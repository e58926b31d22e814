#include "law/packing.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

namespace invar::form_detail {
namespace {

// A larger panel is not read in place: its rows lie so far apart that they fall into few sets of the first cache.
constexpr Index kMostInPlace = 4096;  // elements from the first row to the last

// Eight slices of eight positions. Vectors of the compiler's own, so that the shuffles fit the machine's registers.
typedef double Row __attribute__((vector_size(kBlock * sizeof(double))));
using Places = std::make_integer_sequence<int, kBlock>;

// The 2×2 squares of a pair of rows, exchanged across the diagonal.
template <int Distance, int... K>
inline void exchange_pair(Row& first, Row& second, std::integer_sequence<int, K...> /*places*/) {
  const Row upper = __builtin_shufflevector(first, second, ((K & Distance) ? K + kBlock - Distance : K)...);
  second = __builtin_shufflevector(first, second, ((K & Distance) ? K + kBlock : K + Distance)...);
  first = upper;
}

// Exchanges the blocks off the diagonal, of `Distance` rows and columns, in each square of twice that size.
template <int Distance>
inline void exchange(Row (&rows)[kBlock]) {
  for (int i = 0; i < kBlock; ++i)
    if (!(i & Distance)) exchange_pair<Distance>(rows[i], rows[i + Distance], Places());
}

// By reference: how a vector is returned depends on the instruction set.
template <class Operand>
void read_row(Operand x, Index first, Row& row) {
  for (Index j = 0; j < kBlock; ++j) row[j] = x[first + j];
}

// Contiguous slices from `base` on: [slice, position] to [position, slice].
template <class Operand>
void transpose(Operand x, Index base, Index slice_stride, Index slices, Index length, double* to) {
  Index l = 0;
  if (slices == kBlock)
    for (; l + kBlock <= length; l += kBlock) {
      Row rows[kBlock];
      for (Index j = 0; j < kBlock; ++j) read_row(x, base + j * slice_stride + l, rows[j]);
      exchange<4>(rows);
      exchange<2>(rows);
      exchange<1>(rows);
      std::memcpy(to + l * kBlock, rows, sizeof(rows));
    }
  for (; l < length; ++l)
    for (Index j = 0; j < slices; ++j) to[l * kBlock + j] = x[base + j * slice_stride + l];
}

// Slices side by side: [position, slice] as it is.
template <class Operand>
void copy_rows(Operand x, Index base, Index position_stride, Index slices, Index length, double* to) {
  for (Index l = 0; l < length; ++l, base += position_stride, to += kBlock) {
    if (slices == kBlock) {
      Row row;
      read_row(x, base, row);
      std::memcpy(to, &row, sizeof(row));
    } else {
      for (Index j = 0; j < slices; ++j) to[j] = x[base + j];
    }
  }
}

}  // namespace

template <class Operand>
Packed pack(const Panel& panel, Operand x, double* buffer) {
  const bool side_by_side = !panel.part.empty() && panel.slice_stride == 1;
  if constexpr (std::is_same_v<Operand, Doubles>)
    if (side_by_side && panel.part.size() == 1 && panel.count % kBlock == 0 &&
        panel.length * panel.position_stride <= kMostInPlace)
      return {x.x + panel.part[0], panel.position_stride, kBlock};

  const Index length = panel.total_length();
  for (Index block = 0; block < blocks_of(panel); ++block) {
    double* to = buffer + block * kBlock * length;
    const Index first = block * kBlock, slices = std::min(kBlock, panel.count - first);
    if (panel.part.empty()) {
      const Index* element = panel.elements.data() + first;
      for (Index l = 0; l < length; ++l, element += panel.count)
        for (Index j = 0; j < slices; ++j) to[l * kBlock + j] = x[element[j]];
      continue;
    }
    for (const Index part : panel.part) {
      const Index base = part + first * panel.slice_stride;
      if (side_by_side) {
        copy_rows(x, base, panel.position_stride, slices, panel.length, to);
      } else {
        transpose(x, base, panel.slice_stride, slices, panel.length, to);
      }
      to += panel.length * kBlock;
    }
  }
  return {buffer, kBlock, kBlock * length};
}

template Packed pack(const Panel&, Doubles, double*);
template Packed pack(const Panel&, Floats, double*);
template Packed pack(const Panel&, Rounding, double*);
template Packed pack(const Panel&, Middle, double*);
template Packed pack(const Panel&, Magnitudes<float>, double*);
template Packed pack(const Panel&, Magnitudes<double>, double*);
template Packed pack(const Panel&, DeltaSize<float>, double*);
template Packed pack(const Panel&, DeltaReach<float>, double*);
template Packed pack(const Panel&, DeltaSizeRounded<float, Rounding>, double*);
template Packed pack(const Panel&, DeltaSize<double>, double*);
template Packed pack(const Panel&, DeltaReach<double>, double*);
template Packed pack(const Panel&, DeltaSizeRounded<double, Doubles>, double*);

}  // namespace invar::form_detail
