#include "backend/product.h"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/each.h"
#include "backend/matrix_product.h"
#include "backend/pack.h"
#include "backend/panel_product.h"
#include "backend/vector_product.h"

namespace invar {
namespace {

// Accumulators of a tile stay in registers: rows × packs (or rows × columns) of them, beside the operands of one step.
// The counts are for 32 vector registers; with 16 the compiler spills a few, which costs less than narrower tiles.
constexpr int kTileRows = 8;
constexpr int kTilePacks = 3;
constexpr int kSquareTile = 4;

template <class S>
using PackOf = typename Pack<S>::type;

template <class S, int Rows, int Packs>
void weights_tile(const ProductBlock<S>& p, const S* a, const S* b, S* out) {
  constexpr Index width = kPackWidth<S>;
  PackOf<S> sum[Rows][Packs];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Packs; ++v) sum[r][v] = broadcast<S>(S(0));
  for (Index k = 0; k < p.sum; ++k, a += p.a_sum, b += p.b_sum) {
    PackOf<S> right[Packs];
    for (int v = 0; v < Packs; ++v) right[v] = load<S>(b + v * width);
    for (int r = 0; r < Rows; ++r) {
      const PackOf<S> left = broadcast<S>(a[r * p.a_row]);
      for (int v = 0; v < Packs; ++v) sum[r][v] += left * right[v];
    }
  }
  const PackOf<S> scale = broadcast<S>(p.scale);
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Packs; ++v) {
      S* to = out + r * p.out_row + v * width;
      store<S>(to, p.add ? PackOf<S>(load<S>(to) + scale * sum[r][v]) : PackOf<S>(scale * sum[r][v]));
    }
}

template <class S, int Rows, int Columns>
void square_tile(const ProductBlock<S>& p, const S* a, const S* b, S* out) {
  PackOf<S> sum[Rows][Columns];
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < Columns; ++c) sum[r][c] = broadcast<S>(S(0));
  for (Index k = 0; k < p.sum; ++k, a += p.a_sum, b += p.b_sum) {
    PackOf<S> right[Columns];
    for (int c = 0; c < Columns; ++c) right[c] = load<S>(b + c * p.b_column);
    for (int r = 0; r < Rows; ++r) {
      const PackOf<S> left = load<S>(a + r * p.a_row);
      for (int c = 0; c < Columns; ++c) sum[r][c] += left * right[c];
    }
  }
  const PackOf<S> scale = broadcast<S>(p.scale);
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < Columns; ++c) {
      S* to = out + r * p.out_row + c * p.out_column;
      store<S>(to, p.add ? PackOf<S>(load<S>(to) + scale * sum[r][c]) : PackOf<S>(scale * sum[r][c]));
    }
}

// Inlined, or the packs would leave their registers.
template <class S, int... Group>
[[gnu::always_inline]] inline void sum_packs(const PackOf<S> (&packs)[sizeof...(Group) * kPackWidth<S>], S scale,
                                             S* sums, std::integer_sequence<int, Group...> /*groups*/) {
  (store<S>(sums + Group * kPackWidth<S>, scale * horizontal_sums<S, Group * kPackWidth<S>>(packs)), ...);
}

template <class S, bool ABatched, int Rows, int Columns>
void reduction_tile(const ProductBlock<S>& p, const S* a, const S* b, S* out) {
  constexpr int width = kPackWidth<S>;
  constexpr int groups = (Rows * Columns + width - 1) / width;  // of packs that are summed together: some stay zero
  PackOf<S> sum[groups * width];
  for (PackOf<S>& one : sum) one = broadcast<S>(S(0));
  for (Index k = 0; k < p.sum; ++k, a += p.a_sum, b += p.b_sum)
    for (Index lane = 0; lane < p.lanes; lane += width) {
      PackOf<S> right[Columns];
      for (int c = 0; c < Columns; ++c) right[c] = load<S>(b + c * p.b_column + lane);
      for (int r = 0; r < Rows; ++r) {
        const PackOf<S> left = ABatched ? load<S>(a + r * p.a_row + lane) : broadcast<S>(a[r * p.a_row]);
        for (int c = 0; c < Columns; ++c) sum[r * Columns + c] += left * right[c];
      }
    }
  S sums[groups * width];
  sum_packs<S>(sum, p.scale, sums, std::make_integer_sequence<int, groups>{});
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < Columns; ++c) {
      S& to = out[r * p.out_row + c * p.out_column];
      const S value = sums[r * Columns + c];
      to = p.add ? S(to + value) : value;
    }
}

template <class S>
using Tile = void (*)(const ProductBlock<S>&, const S*, const S*, S*);

template <class S, int... R>
constexpr auto weights_tiles(std::integer_sequence<int, R...>) {
  return std::array<Tile<S>, 3 * sizeof...(R)>{weights_tile<S, R + 1, 1>..., weights_tile<S, R + 1, 2>...,
                                               weights_tile<S, R + 1, 3>...};
}
template <class S, int... I>
constexpr auto square_tiles(std::integer_sequence<int, I...>) {
  return std::array<Tile<S>, sizeof...(I)>{square_tile<S, I / kSquareTile + 1, I % kSquareTile + 1>...};
}
template <class S, bool ABatched, int... I>
constexpr auto reduction_tiles(std::integer_sequence<int, I...>) {
  return std::array<Tile<S>, sizeof...(I)>{reduction_tile<S, ABatched, I / kSquareTile + 1, I % kSquareTile + 1>...};
}

constexpr auto kSquares = std::make_integer_sequence<int, kSquareTile * kSquareTile>{};

// Walks rows × columns in square tiles.
template <class S>
void square_walk(const ProductBlock<S>& p, const std::array<Tile<S>, kSquareTile * kSquareTile>& tiles, Index lane) {
  for (Index c = 0; c < p.columns; c += kSquareTile) {
    const Index columns = std::min<Index>(kSquareTile, p.columns - c);
    for (Index r = 0; r < p.rows; r += kSquareTile) {
      const Index rows = std::min<Index>(kSquareTile, p.rows - r);
      tiles[static_cast<std::size_t>((rows - 1) * kSquareTile + columns - 1)](
          p, p.a + r * p.a_row + lane, p.b + c * p.b_column + lane, p.out + r * p.out_row + c * p.out_column + lane);
    }
  }
}

}  // namespace

template <class S>
void weights_times_samples(const ProductBlock<S>& block) {
  static constexpr auto tiles = weights_tiles<S>(std::make_integer_sequence<int, kTileRows>{});
  constexpr Index width = kPackWidth<S>;
  ProductBlock<S> p = block;
  if (p.b_column == p.lanes && p.out_column == p.lanes) {  // columns that follow each other are more samples
    p.lanes *= p.columns;
    p.columns = 1;
  }
  for (Index c = 0; c < p.columns; ++c)
    for (Index lane = 0; lane < p.lanes;) {
      const Index packs = std::min<Index>(kTilePacks, (p.lanes - lane) / width);
      const S* b = p.b + c * p.b_column + lane;
      for (Index r = 0; r < p.rows; r += kTileRows) {
        const Index rows = std::min<Index>(kTileRows, p.rows - r);
        tiles[static_cast<std::size_t>((packs - 1) * kTileRows + rows - 1)](
            p, p.a + r * p.a_row, b, p.out + r * p.out_row + c * p.out_column + lane);
      }
      lane += packs * width;
    }
}

template <class S>
void samples_times_samples(const ProductBlock<S>& block) {
  static constexpr auto tiles = square_tiles<S>(kSquares);
  for (Index lane = 0; lane < block.lanes; lane += kPackWidth<S>) square_walk<S>(block, tiles, lane);
}

template <class S>
void reduce_samples(const ProductBlock<S>& block) {
  static constexpr auto batched = reduction_tiles<S, true>(kSquares);
  static constexpr auto unbatched = reduction_tiles<S, false>(kSquares);
  if (block.a_batched && suits_panel<S>(block, true)) return panel_product<S>(block, true);
  ProductBlock<S> p = block;
  if (p.a_batched && p.a_sum == p.lanes && p.b_sum == p.lanes) {  // what is summed beside the samples is more samples
    p.lanes *= p.sum;
    p.sum = 1;
  }
  square_walk<S>(p, p.a_batched ? batched : unbatched, 0);
}

// Row by row, as the operands lie; the sums of a stretch stay in the first cache level.
template <class S>
void side_by_side_dots(const ProductBlock<S>& p) {
  using P = PackOf<S>;
  constexpr Index stretch = 512;
  alignas(kRegisterBytes) S sums[stretch];
  const P scale = broadcast<S>(p.scale);
  for (Index first = 0; first < p.lanes; first += stretch) {
    const Index count = std::min(stretch, p.lanes - first);
    std::fill_n(sums, count, S(0));
    for (Index k = 0; k < p.sum; ++k) {
      const S *a = p.a + k * p.a_sum + first, *b = p.b + k * p.b_sum + first;
      Index l = 0;
      for (; l + kPackWidth<S> <= count; l += kPackWidth<S>)
        store<S>(sums + l, load<S>(sums + l) + load<S>(a + l) * load<S>(b + l));
      for (; l < count; ++l) sums[l] += a[l] * b[l];
    }
    S* out = p.out + first;
    if (p.add)
      each<S>(out, sums, out, count, [&](P x, P y) { return P(x + scale * y); });
    else
      each<S>(sums, out, count, [&](P x) { return P(scale * x); });
  }
}

template <class S>
bool suits_matrix_product(Index rows, Index columns, Index sum) {
  constexpr Index least = 8;  // shorter ones leave the kernel's tiles half empty
  return std::min({rows, columns, sum}) >= least && std::max(rows, columns) >= kPackWidth<S>;
}

template <class S>
void plain_product(const ProductBlock<S>& p) {
  if (suits_matrix_product<S>(p.rows, p.columns, p.sum))
    return matrix_product<S>({.m = p.rows,
                              .n = p.columns,
                              .k = p.sum,
                              .a = p.a,
                              .b = p.b,
                              .c = p.out,
                              .a_row = p.a_row,
                              .a_column = p.a_sum,
                              .b_row = p.b_sum,
                              .b_column = p.b_column,
                              .c_row = p.out_row,
                              .c_column = p.out_column,
                              .scale = p.scale,
                              .add = p.add,
                              .low = p.low,
                              .high = p.high},
                             p.panel);
  if (p.sum == 1 && p.rows > 1 && p.columns > 1) return outer_product<S>(p);
  if (suits_panel<S>(p, false)) return panel_product<S>(p, false);
  matrix_times_vectors<S>(p);
}

template void weights_times_samples<float>(const ProductBlock<float>&);
template void weights_times_samples<double>(const ProductBlock<double>&);
template void weights_times_samples<Quad>(const ProductBlock<Quad>&);
template void samples_times_samples<float>(const ProductBlock<float>&);
template void samples_times_samples<double>(const ProductBlock<double>&);
template void samples_times_samples<Quad>(const ProductBlock<Quad>&);
template void reduce_samples<float>(const ProductBlock<float>&);
template void reduce_samples<double>(const ProductBlock<double>&);
template void reduce_samples<Quad>(const ProductBlock<Quad>&);
template void plain_product<float>(const ProductBlock<float>&);
template void plain_product<double>(const ProductBlock<double>&);
template void plain_product<Quad>(const ProductBlock<Quad>&);
template void side_by_side_dots<float>(const ProductBlock<float>&);
template void side_by_side_dots<double>(const ProductBlock<double>&);
template void side_by_side_dots<Quad>(const ProductBlock<Quad>&);
template bool suits_matrix_product<float>(Index, Index, Index);
template bool suits_matrix_product<double>(Index, Index, Index);
template bool suits_matrix_product<Quad>(Index, Index, Index);

}  // namespace invar
