// Dots in double.
#include <Eigen/Core>
#include <algorithm>

#include "law/packing.h"
#include "law/reductions.h"

namespace invar::form_detail {
namespace {

namespace simd = Eigen::internal;
using Packet = simd::packet_traits<double>::type;
constexpr Index kWidth = simd::packet_traits<double>::size;
static_assert(kBlock % kWidth == 0);

// A tile's sums fill half the registers or less: 16 of 32 with AVX-512, 8 of 16 below.
constexpr Index kRows = kWidth == 8 ? 8 : 4;
constexpr Index kTileBlocks = kWidth == 8 ? 2 : 1;

// So many positions of 8 + 16 slices stay in the first cache.
constexpr Index kPositions = 128;

// Dots of kRows slices of x with Blocks blocks of y, added to out unless `first`.
template <Index Blocks>
void tile(const double* x, Index x_row, const double* y, Index y_row, Index y_block, Index length, bool first,
          double* out, Index out_row) {
  constexpr Index packets = Blocks * kBlock / kWidth, per_block = kBlock / kWidth;
  Packet sums[kRows][packets];
  for (Index r = 0; r < kRows; ++r)
    for (Index k = 0; k < packets; ++k)
      sums[r][k] = first ? simd::pset1<Packet>(0.0) : simd::ploadu<Packet>(out + r * out_row + k * kWidth);
  for (Index l = 0; l < length; ++l, x += x_row, y += y_row) {
    Packet lanes[packets];
    for (Index k = 0; k < packets; ++k)
      lanes[k] = simd::ploadu<Packet>(y + (k / per_block) * y_block + (k % per_block) * kWidth);
    for (Index r = 0; r < kRows; ++r) {
      const Packet row = simd::pset1<Packet>(x[r]);
      for (Index k = 0; k < packets; ++k) sums[r][k] = simd::pmadd(row, lanes[k], sums[r][k]);
    }
  }
  for (Index r = 0; r < kRows; ++r)
    for (Index k = 0; k < packets; ++k) simd::pstoreu(out + r * out_row + k * kWidth, sums[r][k]);
}

// Dots of rows i … i + kRows with columns j … j + 8 Blocks over `length` positions from `begin`; what lies beyond the
// panel's count is dropped.
template <Index Blocks>
void place_tile(const Packed& x, const Packed& y, Index i, Index j, Index begin, Index length, Index count,
                double* gram) {
  const double* rows = x.data + i / kBlock * x.block_stride + i % kBlock + begin * x.row_stride;
  const double* lanes = y.data + j / kBlock * y.block_stride + begin * y.row_stride;
  const bool first = begin == 0;
  if (i + kRows <= count && j + Blocks * kBlock <= count) {
    tile<Blocks>(rows, x.row_stride, lanes, y.row_stride, y.block_stride, length, first, gram + i * count + j, count);
    return;
  }
  constexpr Index row = Blocks * kBlock;
  double whole[kRows * row] = {};
  const Index columns = std::min(row, count - j), used = std::min(kRows, count - i);
  if (!first)
    for (Index r = 0; r < used; ++r) std::copy_n(gram + (i + r) * count + j, columns, whole + r * row);
  tile<Blocks>(rows, x.row_stride, lanes, y.row_stride, y.block_stride, length, first, whole, row);
  for (Index r = 0; r < used; ++r) std::copy_n(whole + r * row, columns, gram + (i + r) * count + j);
}

// The dots of x and y, into `dots`. `same`: x and y are one vector.
template <class X, class Y>
struct Dots {
  X x;
  Y y;
  bool same;
  double* dots;
};

template <class X, class Y>
void panel_dots(const Panel& panel, const Dots<X, Y>& of, Scratch& scratch) {
  const Packed a = pack(panel, of.x, scratch.x_hi.data());
  const Packed b = of.same ? a : pack(panel, of.y, scratch.y_hi.data());
  const bool same = of.same;
  double* gram = of.dots + panel.dot;
  const Index count = panel.count, total = panel.total_length();
  for (Index begin = 0; begin < total; begin += kPositions) {
    const Index length = std::min(kPositions, total - begin);
    for (Index i = 0; i < count; i += kRows)
      for (Index j = same ? i / (kTileBlocks * kBlock) * (kTileBlocks * kBlock) : 0; j < count;) {
        if (kTileBlocks == 2 && j + kBlock < count) {
          place_tile<kTileBlocks>(a, b, i, j, begin, length, count, gram);
          j += kTileBlocks * kBlock;
        } else {
          place_tile<1>(a, b, i, j, begin, length, count, gram);
          j += kBlock;
        }
      }
  }
  if (same)
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < i; ++j) gram[i * count + j] = gram[j * count + i];
}

// Σ x y over a run, in 8 sums so that a contiguous one is vectorised.
template <class X, class Y>
double run_dot(const Run& run, X x, Y y) {
  double total = 0.0;
  Index i = 0;
  if (run.stride == 1 && run.length >= 8) {
    double lane[8] = {};
    for (; i + 8 <= run.length; i += 8)
      for (Index j = 0; j < 8; ++j) lane[j] += x[run.base + i + j] * y[run.base + i + j];
    total = ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
  }
  for (; i < run.length; ++i) total += x[run.base + i * run.stride] * y[run.base + i * run.stride];
  return total;
}

template <class X, class Y>
void lane_dots(const Lanes& lanes, const Dots<X, Y>& of, Scratch& scratch) {
  double* __restrict sum = scratch.sum.data();
  std::fill_n(sum, lanes.count, 0.0);
  for (Index l = 0; l < lanes.length; ++l) {
    const Index first = lanes.base + l * lanes.stride;
    for (Index j = 0; j < lanes.count; ++j) sum[j] += of.x[first + j] * of.y[first + j];
  }
  for (std::size_t j = 0; j < lanes.target.size(); ++j) of.dots[lanes.target[j]] += sum[j];
}

template <class X, class Y>
double pair_dot(std::span<const LawForm::Element> p, std::span<const LawForm::Element> q, X x, Y y) {
  double sum = 0.0;
  for (std::size_t l = 0; l < p.size(); ++l) sum += x[p[l]] * y[q[l]] + y[p[l]] * x[q[l]];
  return 0.5 * sum;
}

void clear_targets(const Cut& cut, double* values) {
  for (const Lanes& lanes : cut.lanes)
    for (const std::int32_t target : lanes.target) values[target] = 0.0;
  for (const Run& run : cut.runs) values[run.target] = 0.0;
}

}  // namespace

Scratch::Scratch(const Arrangement& arrangement) {
  std::size_t panel_size = 0, lanes_size = 0;
  for (const Panel& panel : arrangement.panels)
    panel_size = std::max(panel_size, static_cast<std::size_t>(packed_size(panel)));
  for (const Cut* cut : {&arrangement.squares, &arrangement.norms, &arrangement.sums})
    for (const Lanes& lanes : cut->lanes) lanes_size = std::max(lanes_size, lanes.target.size());
  for (std::vector<double>* packed : {&x_hi, &x_lo, &y_hi, &y_lo}) packed->assign(panel_size, 0.0);
  sum.assign(lanes_size, 0.0);
  rest.assign(lanes_size, 0.0);
}

namespace {

// All pairs of vectors panel by panel and lane by lane: what they share comes from memory once.
template <class... Of>
void cut_dots(const Cut& cut, Scratch& scratch, const Of&... of) {
  (clear_targets(cut, of.dots), ...);
  for (const Lanes& lanes : cut.lanes) (lane_dots(lanes, of, scratch), ...);
  for (const Run& run : cut.runs) ((of.dots[run.target] += run_dot(run, of.x, of.y)), ...);
}

template <class... Of>
void all_dots(const LawForm& form, const Arrangement& arrangement, Scratch& scratch, const Of&... of) {
  for (const Panel& panel : arrangement.panels) (panel_dots(panel, of, scratch), ...);
  cut_dots(arrangement.squares, scratch, of...);
  for (const Pair& pair : arrangement.pairs)
    ((of.dots[pair.dot] = pair_dot(form.slice(pair.p), form.slice(pair.q), of.x, of.y)), ...);
}

template <class Operand>
void all_sums(const Arrangement& arrangement, Operand x, double* sums) {
  clear_targets(arrangement.sums, sums);
  for (const Lanes& lanes : arrangement.sums.lanes)
    for (Index l = 0; l < lanes.length; ++l)
      for (Index j = 0; j < lanes.count; ++j)
        sums[lanes.target[static_cast<std::size_t>(j)]] += x[lanes.base + l * lanes.stride + j];
  for (const Run& run : arrangement.sums.runs)
    for (Index l = 0; l < run.length; ++l) sums[run.target] += x[run.base + l * run.stride];
}

}  // namespace

void plain_dots(const LawForm& form, const Arrangement& arrangement, const double* x, const double* y, bool same,
                Scratch& scratch, double* dots) {
  const Dots<Doubles, Doubles> of{{x}, {y}, same, dots};
  all_dots(form, arrangement, scratch, of);
  if (same) cut_dots(arrangement.norms, scratch, of);
}

void plain_sums(const Arrangement& arrangement, const double* x, double* sums) {
  all_sums(arrangement, Doubles{x}, sums);
}

template <class Operand>
void plain_squares(const LawForm& form, const Arrangement& arrangement, Operand x, Scratch& scratch, double* dots,
                   double* sums) {
  all_dots(form, arrangement, scratch, Dots<Operand, Operand>{x, x, true, dots});
  all_sums(arrangement, x, sums);
}

template void plain_squares(const LawForm&, const Arrangement&, Floats, Scratch&, double*, double*);
template void plain_squares(const LawForm&, const Arrangement&, Magnitudes<float>, Scratch&, double*, double*);
template void plain_squares(const LawForm&, const Arrangement&, Magnitudes<double>, Scratch&, double*, double*);

void euler_dots(const LawForm& form, const Arrangement& arrangement, const EulerStep& step, Scratch& scratch,
                const EulerDots& to) {
  const Dots<Floats, Floats> square{{step.k}, {step.k}, true, to.square};
  const Rounding rounding{step};
  all_dots(form, arrangement, scratch, square, Dots<Floats, Floats>{{step.before}, {step.k}, false, to.slope},
           Dots<Middle, Rounding>{{rounding}, rounding, false, to.rounding});
  cut_dots(arrangement.norms, scratch, square);
  all_sums(arrangement, Floats{step.k}, to.slope_sums);
  all_sums(arrangement, rounding, to.rounding_sums);
}

template <class S, class Rho>
void size_dots(const LawForm& form, const Arrangement& arrangement, const SizedStep<S, Rho>& step, Scratch& scratch,
               const SizeDots& to) {
  using Size = DeltaSize<S>;
  using Reach = DeltaReach<S>;
  using SizeRounded = DeltaSizeRounded<S, Rho>;
  all_dots(form, arrangement, scratch, Dots<Reach, Size>{step.reach(), step.size(), false, to.step},
           Dots<Reach, SizeRounded>{step.reach(), step.size_rounded(), false, to.rounded},
           Dots<Elements<S>, Rho>{step.after, step.rho, false, to.rounding});
  all_sums(arrangement, step.size(), to.step_sums);
  all_sums(arrangement, step.size_rounded(), to.rounded_sums);
  all_sums(arrangement, step.rho, to.rounding_sums);
}

template void size_dots(const LawForm&, const Arrangement&, const FloatSized&, Scratch&, const SizeDots&);
template void size_dots(const LawForm&, const Arrangement&, const DoubleSized&, Scratch&, const SizeDots&);

}  // namespace invar::form_detail
