#include "backend/panel_product.h"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/pack.h"

namespace invar {
namespace {

constexpr Index kPanelPacks = 2;
constexpr int kPanelRows = 8;       // rows × packs accumulators, beside the operands of a step
constexpr Index kPanelDepth = 256;  // terms of the sum at a time, so that the panel stays in the first cache level

template <class S>
using PackOf = typename Pack<S>::type;
template <class S>
constexpr Index kPanelWidth = kPanelPacks* kPackWidth<S>;

// Distance by distance: blocks of `Distance` scalars of the packs i and i + Distance change places.
template <class S, int Distance, int... Lane>
void exchange(PackOf<S>& a, PackOf<S>& b, std::integer_sequence<int, Lane...> /*lanes*/) {
  constexpr int width = kPackWidth<S>;
  const PackOf<S> low = __builtin_shufflevector(a, b, ((Lane & Distance) == 0 ? Lane : width + Lane - Distance)...);
  b = __builtin_shufflevector(a, b, ((Lane & Distance) == 0 ? Lane + Distance : width + Lane)...);
  a = low;
}

template <class S, int Distance = kPackWidth<S> / 2>
void transpose(PackOf<S>* packs) {
  if constexpr (Distance > 0) {
    for (int i = 0; i < kPackWidth<S>; ++i)
      if ((i & Distance) == 0)
        exchange<S, Distance>(packs[i], packs[i + Distance], std::make_integer_sequence<int, kPackWidth<S>>{});
    transpose<S, Distance / 2>(packs);
  }
}

// panel[lane][c] = b[c * column + lane] for `columns` of the panel's columns, the others 0. b has whole packs of lanes.
template <class S>
void fill_transposed(const S* b, Index column, Index columns, Index lanes, S* panel) {
  constexpr int width = kPackWidth<S>;
  for (Index lane = 0; lane < lanes; lane += width)
    for (Index first = 0; first < kPanelWidth<S>; first += width) {
      PackOf<S> packs[width];
      for (Index c = 0; c < width; ++c)
        packs[c] = first + c < columns ? load<S>(b + (first + c) * column + lane) : broadcast<S>(S(0));
      transpose<S>(packs);
      for (Index l = 0; l < std::min<Index>(width, lanes - lane); ++l)
        store<S>(panel + (lane + l) * kPanelWidth<S> + first, packs[l]);
    }
}

template <class S>
struct PanelTile {
  const S* a;  // first row; rows are a_row apart
  Index a_row;
  Index outer, a_outer, inner, a_inner;  // the sum as two loops over a; the panel is contiguous
  const S* panel;
  S* out;  // first row and column of the tile
  Index out_row, out_column, columns;
  S scale;
  bool add;
};

template <class S, int Rows>
void panel_tile(const PanelTile<S>& t) {
  constexpr Index width = kPackWidth<S>;
  PackOf<S> sum[Rows][kPanelPacks];
  for (auto& row : sum)
    for (PackOf<S>& one : row) one = broadcast<S>(S(0));
  const S* panel = t.panel;
  for (Index o = 0; o < t.outer; ++o) {
    const S* a = t.a + o * t.a_outer;
    for (Index i = 0; i < t.inner; ++i, a += t.a_inner, panel += kPanelWidth<S>) {
      PackOf<S> right[kPanelPacks];
      for (int v = 0; v < kPanelPacks; ++v) right[v] = load<S>(panel + v * width);
      for (int r = 0; r < Rows; ++r) {
        const PackOf<S> left = broadcast<S>(a[r * t.a_row]);
        for (int v = 0; v < kPanelPacks; ++v) sum[r][v] += left * right[v];
      }
    }
  }
  const PackOf<S> scale = broadcast<S>(t.scale);
  if (t.out_column == 1 && t.columns == kPanelWidth<S>) {
    for (int r = 0; r < Rows; ++r)
      for (int v = 0; v < kPanelPacks; ++v) {
        S* to = t.out + r * t.out_row + v * width;
        store<S>(to, t.add ? PackOf<S>(load<S>(to) + scale * sum[r][v]) : PackOf<S>(scale * sum[r][v]));
      }
    return;
  }
  for (int r = 0; r < Rows; ++r) {
    S row[kPanelWidth<S>];
    for (int v = 0; v < kPanelPacks; ++v) store<S>(row + v * width, PackOf<S>(scale * sum[r][v]));
    for (Index c = 0; c < t.columns; ++c) {
      S& to = t.out[r * t.out_row + c * t.out_column];
      to = t.add ? S(to + row[c]) : row[c];
    }
  }
}

template <class S, int... R>
constexpr auto panel_tiles(std::integer_sequence<int, R...> /*rows*/) {
  return std::array<void (*)(const PanelTile<S>&), sizeof...(R)>{panel_tile<S, R + 1>...};
}

}  // namespace

template <class S>
Index panel_scalars(Index lanes) {
  return std::max(kPanelDepth, lanes) * kPanelWidth<S>;
}

template <class S>
bool suits_panel(const ProductBlock<S>& p, bool over_samples) {
  const Index shorter = std::min(p.rows, p.columns), longer = std::max(p.rows, p.columns);
  if (kPackWidth<S> == 1 || shorter < kPanelRows / 2 || longer < kPackWidth<S>) return false;
  // What a panel saves is one sum across registers an element of the result, whatever the length of the sum; what it
  // costs is a transposition that grows with that length and is shared by the rows. The numbers are fitted to
  // measurements of both ways (rows 8 to 128, 1 to 2,560 terms).
  const Index packs = p.sum * p.lanes / kPackWidth<S>;
  return !over_samples || shorter * (64 + packs) >= 128 * packs;
}

template <class S>
void panel_product(const ProductBlock<S>& block, bool over_samples) {
  static constexpr auto tiles = panel_tiles<S>(std::make_integer_sequence<int, kPanelRows>{});
  ProductBlock<S> p = block;
  // Columns are what lies side by side in the result, else the longer side.
  if (p.out_row == 1 ? p.out_column != 1 || p.rows > p.columns : p.out_column != 1 && p.rows > p.columns)
    exchange_rows_and_columns(p);
  const Index lanes = over_samples ? p.samples : 1;
  const Index terms = std::max<Index>(1, kPanelDepth / lanes);  // of the sum in a panel
  for (Index k = 0; k < p.sum; k += terms) {
    const Index here = std::min(terms, p.sum - k);
    for (Index c = 0; c < p.columns; c += kPanelWidth<S>) {
      const Index columns = std::min(kPanelWidth<S>, p.columns - c);
      const S* b = p.b + k * p.b_sum + c * p.b_column;
      if (over_samples) {
        for (Index i = 0; i < here; ++i)
          fill_transposed<S>(b + i * p.b_sum, p.b_column, columns, lanes, p.panel + i * lanes * kPanelWidth<S>);
      } else {
        for (Index i = 0; i < here; ++i)
          for (Index j = 0; j < kPanelWidth<S>; ++j)
            p.panel[i * kPanelWidth<S> + j] = j < columns ? b[i * p.b_sum + j * p.b_column] : S(0);
      }
      PanelTile<S> tile{.a = nullptr,
                        .a_row = p.a_row,
                        .outer = over_samples ? here : 1,
                        .a_outer = p.a_sum,
                        .inner = over_samples ? lanes : here,
                        .a_inner = over_samples ? 1 : p.a_sum,
                        .panel = p.panel,
                        .out = nullptr,
                        .out_row = p.out_row,
                        .out_column = p.out_column,
                        .columns = columns,
                        .scale = p.scale,
                        .add = p.add || k > 0};
      for (Index r = 0; r < p.rows; r += kPanelRows) {
        tile.a = p.a + k * p.a_sum + r * p.a_row;
        tile.out = p.out + r * p.out_row + c * p.out_column;
        tiles[static_cast<std::size_t>(std::min<Index>(kPanelRows, p.rows - r) - 1)](tile);
      }
    }
  }
}

template Index panel_scalars<float>(Index);
template Index panel_scalars<double>(Index);
template Index panel_scalars<Quad>(Index);
template bool suits_panel<float>(const ProductBlock<float>&, bool);
template bool suits_panel<double>(const ProductBlock<double>&, bool);
template bool suits_panel<Quad>(const ProductBlock<Quad>&, bool);
template void panel_product<float>(const ProductBlock<float>&, bool);
template void panel_product<double>(const ProductBlock<double>&, bool);
template void panel_product<Quad>(const ProductBlock<Quad>&, bool);

}  // namespace invar
