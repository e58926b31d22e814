#include "backend/vector_product.h"

#include <algorithm>
#include <utility>

#include "backend/pack.h"

namespace invar {
namespace {

template <class S>
using PackOf = typename Pack<S>::type;

// y = scale · A x, or y += …: `rows` by `sum`, x contiguous or not.
template <class S>
struct MatrixVector {
  const S* a;
  const S* x;
  S* y;
  Index rows, sum, a_row, a_sum, x_stride, y_stride;
  S scale;
  bool add;
};

template <class S>
void put(const MatrixVector<S>& p, Index row, const S* values, Index count) {
  for (Index i = 0; i < count; ++i) {
    S& to = p.y[(row + i) * p.y_stride];
    to = p.add ? S(to + p.scale * values[i]) : S(p.scale * values[i]);
  }
}

// Rows lie side by side, x too: Rows dot products at once, summed across registers together.
template <class S, int Rows>
void dot_rows(const MatrixVector<S>& p, Index row) {
  constexpr Index width = kPackWidth<S>;
  const S* a = p.a + row * p.a_row;
  PackOf<S> sum[width];
  for (PackOf<S>& one : sum) one = broadcast<S>(S(0));
  Index k = 0;
  for (; k + width <= p.sum; k += width) {
    const PackOf<S> x = load<S>(p.x + k);
    for (int r = 0; r < Rows; ++r) sum[r] += load<S>(a + r * p.a_row + k) * x;
  }
  if (const Index left = p.sum - k; left > 0) {
    const PackOf<S> x = load_first<S>(p.x + k, left);
    for (int r = 0; r < Rows; ++r) sum[r] += load_first<S>(a + r * p.a_row + k, left) * x;
  }
  S sums[width];
  store<S>(sums, horizontal_sums<S, 0>(sum));
  put(p, row, sums, Rows);
}

template <class S>
void dots(const MatrixVector<S>& p) {
  constexpr Index width = kPackWidth<S>;
  Index row = 0;
  for (; row + width <= p.rows; row += width) dot_rows<S, width>(p, row);
  if constexpr (width > 4)
    for (; row + 4 <= p.rows; row += 4) dot_rows<S, 4>(p, row);
  for (; row < p.rows; ++row) dot_rows<S, 1>(p, row);
}

// Columns of A lie side by side: Packs packs of y at once. Two terms of the sum in turn, for the sake of the latency of
// an addition.
template <class S, int Packs>
void combine_columns(const MatrixVector<S>& p, Index row, Index count) {
  constexpr Index width = kPackWidth<S>;
  PackOf<S> sum[2][Packs];
  for (auto& half : sum)
    for (PackOf<S>& one : half) one = broadcast<S>(S(0));
  const Index last = count - (Packs - 1) * width;  // rows of the last pack
  const S* a = p.a + row;
  const auto add_term = [&](int half, Index k) {
    const PackOf<S> x = broadcast<S>(p.x[k * p.x_stride]);
    const S* column = a + k * p.a_sum;
    for (int v = 0; v < Packs - 1; ++v) sum[half][v] += load<S>(column + v * width) * x;
    const S* end = column + (Packs - 1) * width;
    sum[half][Packs - 1] += (last == width ? load<S>(end) : load_first<S>(end, last)) * x;
  };
  Index k = 0;
  for (; k + 2 <= p.sum; k += 2) {
    add_term(0, k);
    add_term(1, k + 1);
  }
  if (k < p.sum) add_term(0, k);
  S sums[Packs * width];
  for (int v = 0; v < Packs; ++v) store<S>(sums + v * width, sum[0][v] + sum[1][v]);
  put(p, row, sums, count);
}

template <class S>
void combinations(const MatrixVector<S>& p) {
  constexpr Index width = kPackWidth<S>;
  Index row = 0;
  for (; row + 3 * width < p.rows; row += 4 * width)
    combine_columns<S, 4>(p, row, std::min<Index>(4 * width, p.rows - row));
  switch (const Index left = p.rows - row; (left + width - 1) / width) {
    case 3:
      return combine_columns<S, 3>(p, row, left);
    case 2:
      return combine_columns<S, 2>(p, row, left);
    case 1:
      return combine_columns<S, 1>(p, row, left);
    default:
      return;
  }
}

template <class S>
void strided(const MatrixVector<S>& p) {
  for (Index r = 0; r < p.rows; ++r) {
    S sum(0);
    for (Index k = 0; k < p.sum; ++k) sum += p.a[r * p.a_row + k * p.a_sum] * p.x[k * p.x_stride];
    put(p, r, &sum, 1);
  }
}

template <class S>
void multiply(MatrixVector<S> p, S* scratch) {
  if (p.a_row == 1 && p.a_sum != 1) return combinations(p);
  if (p.a_sum != 1 || kPackWidth<S> == 1) return strided(p);
  if (p.x_stride == 1) return dots(p);
  const Index sum = p.sum;
  for (Index k = 0; k < sum; k += p.sum) {
    p.sum = std::min(kVectorScratch, sum - k);
    for (Index i = 0; i < p.sum; ++i) scratch[i] = p.x[(k + i) * p.x_stride];
    MatrixVector<S> part = p;
    part.a += k;
    part.x = scratch;
    part.x_stride = 1;
    part.add = p.add || k > 0;
    dots(part);
  }
}

}  // namespace

template <class S>
void matrix_times_vectors(const ProductBlock<S>& p) {
  const bool right = p.columns <= p.rows;  // the vectors are the columns of b, else the rows of a
  const Index vectors = right ? p.columns : p.rows;
  for (Index v = 0; v < vectors; ++v)
    multiply<S>({.a = right ? p.a : p.b,
                 .x = right ? p.b + v * p.b_column : p.a + v * p.a_row,
                 .y = p.out + v * (right ? p.out_column : p.out_row),
                 .rows = right ? p.rows : p.columns,
                 .sum = p.sum,
                 .a_row = right ? p.a_row : p.b_column,
                 .a_sum = right ? p.a_sum : p.b_sum,
                 .x_stride = right ? p.b_sum : p.a_sum,
                 .y_stride = right ? p.out_row : p.out_column,
                 .scale = p.scale,
                 .add = p.add},
                p.panel);
}

template <class S>
void outer_product(const ProductBlock<S>& block) {
  constexpr Index width = kPackWidth<S>;
  ProductBlock<S> p = block;
  if (p.out_column != 1 && p.out_row == 1) exchange_rows_and_columns(p);
  if (p.out_column != 1 || p.columns < width) {
    for (Index r = 0; r < p.rows; ++r)
      for (Index c = 0; c < p.columns; ++c) {
        const S value = p.scale * (p.a[r * p.a_row] * p.b[c * p.b_column]);
        S& to = p.out[r * p.out_row + c * p.out_column];
        to = p.add ? S(to + value) : value;
      }
    return;
  }
  constexpr Index packs = 4;  // of columns, kept in registers over all rows
  for (Index c = 0; c < p.columns; c += packs * width) {
    const Index here = std::min<Index>(packs * width, p.columns - c);
    S buffer[packs * width] = {};
    for (Index i = 0; i < here; ++i) buffer[i] = p.scale * p.b[(c + i) * p.b_column];
    PackOf<S> columns[packs];
    for (Index v = 0; v < packs; ++v) columns[v] = load<S>(buffer + v * width);
    for (Index r = 0; r < p.rows; ++r) {
      const PackOf<S> left = broadcast<S>(p.a[r * p.a_row]);
      S* to = p.out + r * p.out_row + c;
      Index done = 0;
      for (Index v = 0; done < here; ++v, done += width) {
        const Index count = std::min(width, here - done);
        PackOf<S> value = left * columns[v];
        if (count == width) {
          if (p.add) value += load<S>(to + done);
          store<S>(to + done, value);
        } else {
          if (p.add) value += load_first<S>(to + done, count);
          store_first<S>(to + done, value, count);
        }
      }
    }
  }
}

template void matrix_times_vectors<float>(const ProductBlock<float>&);
template void matrix_times_vectors<double>(const ProductBlock<double>&);
template void matrix_times_vectors<Quad>(const ProductBlock<Quad>&);
template void outer_product<float>(const ProductBlock<float>&);
template void outer_product<double>(const ProductBlock<double>&);
template void outer_product<Quad>(const ProductBlock<Quad>&);

}  // namespace invar
