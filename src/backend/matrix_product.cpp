// Blocks: kDepth of the sum at a time; of b, panels of kPacks registers' width that lie [depth][width] and stay in the
// first cache level while the rows of a pass by; of a, kBlockRows rows in the second level. A tile of kRows × kPacks
// registers is summed without touching memory.
#include "backend/matrix_product.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace invar {
namespace {

// Accumulators and the operands of one step fill the registers: 14 × 2 + 2 of 32, 6 × 2 + 2 of 16.
#if defined(__AVX512F__)
constexpr int kRows = 14;
#else
constexpr int kRows = 6;
#endif
constexpr int kPacks = 2;
constexpr Index kDepth = 256;
constexpr Index kBlockRows = 20 * kRows;
constexpr Index kBlockColumns = 1024;
// Rows of a lie a little further apart than a power of two, or all of a tile's would want the same cache sets.
constexpr Index kRowStride = kDepth + 16;

// Operands mostly come from beyond the second cache level, and the processor does not foresee strides.
constexpr Index kRowsAhead = 4;
constexpr Index kStepsALine = 6;
template <class S>
constexpr Index kLine = std::max<Index>(1, 64 / static_cast<Index>(sizeof(S)));
template <class S>
void prefetch(const S* from) {
  __builtin_prefetch(from, 0, 2);
}

template <class S>
using PackOf = typename Pack<S>::type;
template <class S>
constexpr Index kPanel = kPacks* kPackWidth<S>;

/// One tile: `a` at (r, k) is a[r · RowStride + k · DepthStride]. A panel's last columns may need its first registers
/// only.
template <class S, int Rows, int Packs, Index RowStride, Index DepthStride>
void tile(Index depth, const S* a, const S* b, S* c, Index c_row, Index columns, S scale, bool add) {
  constexpr int width = kPackWidth<S>;
  PackOf<S> sum[Rows][Packs];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Packs; ++v) sum[r][v] = broadcast<S>(S(0));
  const auto step = [&] {
    PackOf<S> right[Packs];
    for (int v = 0; v < Packs; ++v) right[v] = load<S>(b + v * width);
    for (int r = 0; r < Rows; ++r) {
      const PackOf<S> left = broadcast<S>(a[r * RowStride]);
      for (int v = 0; v < Packs; ++v) sum[r][v] += left * right[v];
    }
    a += DepthStride;
    b += kPanel<S>;
  };
  // The result's lines are fetched meanwhile, one at a time: all at once they would hold up the operands.
  Index k = 0;
  for (int line = 0; line < Rows * Packs && k + kStepsALine <= depth; ++line, k += kStepsALine) {
    __builtin_prefetch(c + line / Packs * c_row + line % Packs * width, 1);
    for (Index i = 0; i < kStepsALine; ++i) step();
  }
  for (; k < depth; ++k) step();
  const PackOf<S> factor = broadcast<S>(scale);
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Packs; ++v) {
      S* to = c + r * c_row + v * width;
      const Index here = std::min<Index>(width, columns - v * width);
      if (here == width)
        store<S>(to, add ? PackOf<S>(load<S>(to) + factor * sum[r][v]) : PackOf<S>(factor * sum[r][v]));
      else if (here > 0)
        store_first<S>(
            to, add ? PackOf<S>(load_first<S>(to, here) + factor * sum[r][v]) : PackOf<S>(factor * sum[r][v]), here);
    }
}

template <class S>
using Tile = void (*)(Index, const S*, const S*, S*, Index, Index, S, bool);
template <class S, int Packs, Index RowStride, Index DepthStride, int... Rows>
constexpr std::array<Tile<S>, sizeof...(Rows)> make_tiles(std::integer_sequence<int, Rows...> /*rows*/) {
  return {tile<S, Rows + 1, Packs, RowStride, DepthStride>...};
}
/// For 1 … kRows rows; a either row by row, or in panels of kRows rows.
template <class S, int Packs>
constexpr auto kRowTiles = make_tiles<S, Packs, kRowStride, 1>(std::make_integer_sequence<int, kRows>());
template <class S, int Packs>
constexpr auto kPanelTiles = make_tiles<S, Packs, 1, kRows>(std::make_integer_sequence<int, kRows>());

/// Interleaves the halves of a list of packs; log2(width) times make the transpose.
template <class S, int... Lane>
void transpose_packs(PackOf<S> (&packs)[sizeof...(Lane)], std::integer_sequence<int, Lane...> /*lanes*/) {
  constexpr int width = sizeof...(Lane);
  for (int round = 1; round < width; round *= 2) {
    PackOf<S> next[width];
    for (int i = 0; i < width / 2; ++i) {
      next[2 * i] = __builtin_shufflevector(packs[i], packs[i + width / 2], (Lane / 2 + Lane % 2 * width)...);
      next[2 * i + 1] =
          __builtin_shufflevector(packs[i], packs[i + width / 2], (Lane / 2 + width / 2 + Lane % 2 * width)...);
    }
    for (int i = 0; i < width; ++i) packs[i] = next[i];
  }
}

/// to[k · kPanel + j] = from[k · row + j · column], j < columns; zeros up to the panel's width.
template <class S>
void copy_panel(const S* from, Index row, Index column, Index depth, Index columns, S* to) {
  constexpr Index panel = kPanel<S>;
  constexpr int width = kPackWidth<S>;
  Index k = 0;
  if constexpr (width > 1) {
    if (row == 1 && columns == panel)
      for (; k + width <= depth; k += width)
        for (int v = 0; v < kPacks; ++v) {
          PackOf<S> packs[width];
          for (int j = 0; j < width; ++j) packs[j] = load<S>(from + k + (v * width + j) * column);
          transpose_packs<S>(packs, std::make_integer_sequence<int, width>());
          for (int j = 0; j < width; ++j) store<S>(to + (k + j) * panel + v * width, packs[j]);
        }
  }
  for (; k < depth; ++k) {
    for (Index j = 0; j < columns; ++j) to[k * panel + j] = from[k * row + j * column];
    for (Index j = columns; j < panel; ++j) to[k * panel + j] = S(0);
  }
}

/// b's block as panels, one after the other. Rows that lie side by side are read as they lie, across all panels.
template <class S>
void copy_panels(const S* from, Index row, Index column, Index depth, Index columns, S* to) {
  constexpr Index panel = kPanel<S>;
  constexpr int width = kPackWidth<S>;
  const Index whole = column == 1 ? columns / panel * panel : 0;
  for (Index k = 0; k < depth && whole > 0; ++k) {
    const S* source = from + k * row;
    S* target = to + k * panel;
    for (Index j = 0; j < whole && k + kRowsAhead < depth; j += kLine<S>) prefetch(source + kRowsAhead * row + j);
    for (Index j = 0; j < whole; j += panel, target += depth * panel)
      for (int v = 0; v < kPacks; ++v) store<S>(target + v * width, load<S>(source + j + v * width));
  }
  for (Index j = whole; j < columns; j += panel)
    copy_panel(from + j * column, row, column, depth, std::min(panel, columns - j), to + j * depth);
}

/// a's block row by row, kRowStride apart.
template <class S>
void copy_rows(const S* from, Index row, Index column, Index rows, Index depth, S* to) {
  for (Index r = 0; r < rows; ++r) {
    const S* source = from + r * row;
    S* target = to + r * kRowStride;
    if (column == 1 && r + kRowsAhead < rows)
      for (Index k = 0; k < depth; k += kLine<S>) prefetch(source + kRowsAhead * row + k);
    if (column == 1)
      std::copy_n(source, depth, target);
    else
      for (Index k = 0; k < depth; ++k) target[k] = source[k * column];
  }
}

/// a's block in panels of kRows rows, [depth][kRows]: for an a whose rows lie side by side.
template <class S>
void copy_row_panels(const S* from, Index column, Index rows, Index depth, S* to) {
  for (Index k = 0; k < depth; ++k, from += column, to += kRows) {
    if (k + kRowsAhead < depth)
      for (Index r = 0; r < rows; r += kLine<S>) prefetch(from + kRowsAhead * column + r);
    Index first = 0;
    for (; first + kRows <= rows; first += kRows) std::copy_n(from + first, kRows, to + first * depth);
    std::copy_n(from + first, rows - first, to + first * depth);
  }
}

ProductSide exchanged(ProductSide side) {
  return side == ProductSide::rows ? ProductSide::columns : side == ProductSide::columns ? ProductSide::rows : side;
}

/// The part of the sum from k0 on that a tile needs, relative to k0.
template <class S>
std::pair<Index, Index> used_depth(const MatrixProduct<S>& p, Index row, Index rows, Index column, Index columns,
                                   Index k0, Index depth) {
  if (p.low == ProductSide::none) return {0, depth};
  const auto first = [&](ProductSide side) { return side == ProductSide::rows ? row : column; };
  const auto last = [&](ProductSide side) { return side == ProductSide::rows ? row + rows - 1 : column + columns - 1; };
  if (p.low == ProductSide::sum) return {0, std::clamp<Index>(last(p.high) + 1 - k0, 0, depth)};
  if (p.high == ProductSide::sum) return {std::clamp<Index>(first(p.low) - k0, 0, depth), depth};
  return {0, first(p.low) > last(p.high) ? 0 : depth};
}

template <class S>
constexpr Index kPanelScalars = kDepth* kBlockColumns;
template <class S>
constexpr Index kRowScalars = kBlockRows* kRowStride;

}  // namespace

template <class S>
Index matrix_scratch() {
  return kPanelScalars<S> + kRowScalars<S> + kRows * kPanel<S>;
}

template <class S>
void matrix_product(MatrixProduct<S> p, S* scratch) {
  if (p.c_column != 1 && p.c_row == 1) {  // the transposed product
    std::swap(p.a, p.b);
    std::swap(p.m, p.n);
    std::swap(p.c_row, p.c_column);
    const Index row = p.a_row, column = p.a_column;
    p.a_row = p.b_column, p.a_column = p.b_row;
    p.b_row = column, p.b_column = row;
    p.low = exchanged(p.low);
    p.high = exchanged(p.high);
  }
  S* panels = scratch;
  S* block = panels + kPanelScalars<S>;
  S* detour = block + kRowScalars<S>;
  const bool by_rows = p.a_row != 1;
  for (Index j0 = 0; j0 < p.n; j0 += kBlockColumns) {
    const Index columns = std::min(kBlockColumns, p.n - j0);
    for (Index k0 = 0; k0 < p.k; k0 += kDepth) {
      const Index depth = std::min(kDepth, p.k - k0);
      const bool add = p.add || k0 > 0;
      copy_panels(p.b + k0 * p.b_row + j0 * p.b_column, p.b_row, p.b_column, depth, columns, panels);
      for (Index i0 = 0; i0 < p.m; i0 += kBlockRows) {
        const Index rows = std::min(kBlockRows, p.m - i0);
        const S* a = p.a + i0 * p.a_row + k0 * p.a_column;
        if (by_rows)
          copy_rows(a, p.a_row, p.a_column, rows, depth, block);
        else
          copy_row_panels(a, p.a_column, rows, depth, block);
        for (Index j = 0; j < columns; j += kPanel<S>) {
          const Index wide = std::min(kPanel<S>, columns - j);
          const bool narrow = wide <= kPackWidth<S>;
          const auto& tiles = by_rows ? (narrow ? kRowTiles<S, 1> : kRowTiles<S, kPacks>)
                                      : (narrow ? kPanelTiles<S, 1> : kPanelTiles<S, kPacks>);
          for (Index i = 0; i < rows; i += kRows) {
            const Index high = std::min<Index>(kRows, rows - i);
            const auto sum = tiles[static_cast<std::size_t>(high - 1)];
            const auto [begin, end] = used_depth(p, i0 + i, high, j0 + j, wide, k0, depth);
            if (add && begin == end) continue;
            const S* left = block + i * (by_rows ? kRowStride : depth) + begin * (by_rows ? 1 : kRows);
            const S* right = panels + j * depth + begin * kPanel<S>;
            S* c = p.c + (i0 + i) * p.c_row + (j0 + j) * p.c_column;
            if (p.c_column == 1) {
              sum(end - begin, left, right, c, p.c_row, wide, p.scale, add);
              continue;
            }
            sum(end - begin, left, right, detour, kPanel<S>, wide, p.scale, false);
            for (Index r = 0; r < high; ++r)
              for (Index s = 0; s < wide; ++s) {
                S& to = c[r * p.c_row + s * p.c_column];
                to = add ? to + detour[r * kPanel<S> + s] : detour[r * kPanel<S> + s];
              }
          }
        }
      }
    }
  }
}

template Index matrix_scratch<float>();
template Index matrix_scratch<double>();
template Index matrix_scratch<Quad>();
template void matrix_product(MatrixProduct<float>, float*);
template void matrix_product(MatrixProduct<double>, double*);
template void matrix_product(MatrixProduct<Quad>, Quad*);

}  // namespace invar
