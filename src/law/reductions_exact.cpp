// Dots in twice the precision of double, vectorised over independent sums with Eigen's packets: with arrays the
// compiler reaches a tenth of the speed, and its vector types have no FMA.
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

#ifdef EIGEN_VECTORIZE_FMA
constexpr bool kPacketFma = true;
#else
constexpr bool kPacketFma = false;
#endif

// x·y − product, exactly, for product = fl(x·y).
inline Packet product_error(Packet x, Packet y, Packet product) {
  if constexpr (kPacketFma) {
    return simd::pmadd(x, y, simd::pnegate(product));
  } else {  // Veltkamp's split into halves of 26 bits
    const Packet factor = simd::pset1<Packet>(134217729.0);
    const auto high = [&](Packet v) {
      const Packet big = simd::pmul(factor, v);
      return simd::psub(big, simd::psub(big, v));
    };
    const Packet xh = high(x), yh = high(y), xl = simd::psub(x, xh), yl = simd::psub(y, yh);
    const Packet first = simd::psub(simd::pmul(xh, yh), product);
    return simd::padd(simd::padd(simd::padd(first, simd::pmul(xh, yl)), simd::pmul(xl, yh)), simd::pmul(xl, yl));
  }
}

// A compensated sum of products: the value is sum + rest.
struct PacketSum {
  Packet sum = simd::pset1<Packet>(0.0);
  Packet rest = simd::pset1<Packet>(0.0);

  template <bool XLow, bool YLow>
  void add(Packet x, Packet x_low, Packet y, Packet y_low) {
    const Packet product = simd::pmul(x, y);
    Packet error = product_error(x, y, product);
    const Packet next = simd::padd(sum, product);
    const Packet shadow = simd::psub(next, sum);
    error = simd::padd(error, simd::padd(simd::psub(sum, simd::psub(next, shadow)), simd::psub(product, shadow)));
    if constexpr (YLow) error = simd::padd(error, simd::pmul(x, y_low));
    if constexpr (XLow) error = simd::padd(error, simd::pmul(x_low, y));
    sum = next;
    rest = simd::padd(rest, error);
  }
};

struct ScalarSum {
  double sum = 0.0, rest = 0.0;

  template <bool XLow, bool YLow>
  void add(double x, double x_low, double y, double y_low) {
    const DoubleDouble product = two_product(x, y);
    const DoubleDouble next = two_sum(sum, product.hi);
    double error = product.lo + next.lo;
    if constexpr (YLow) error += x * y_low;
    if constexpr (XLow) error += x_low * y;
    sum = next.hi;
    rest += error;
  }
  DoubleDouble value() const { return two_sum(sum, rest); }
};

constexpr Index kRows = 2;  // two rows hide the latency of the sums; more would spill with 16 registers

struct WidePacked {
  Packed hi, lo;
};

WidePacked pack_wide(const Panel& panel, Wide x, std::vector<double>& hi, std::vector<double>& lo) {
  return {pack(panel, Doubles{x.hi}, hi.data()), x.lo ? pack(panel, Doubles{x.lo}, lo.data()) : Packed{}};
}

template <bool XLow, bool YLow>
void gram(const Panel& panel, const WidePacked& x, const WidePacked& y, bool same, double* hi, double* lo) {
  constexpr Index packets = kBlock / kWidth;
  const Index length = panel.total_length(), count = panel.count;
  double tile_hi[kBlock], tile_lo[kBlock];
  const Packet zero = simd::pset1<Packet>(0.0);
  for (Index i = 0; i < count; i += kRows) {
    const Index row = i / kBlock * x.hi.block_stride + i % kBlock;
    for (Index j = 0; j < count; j += kBlock) {
      if (same && j + kBlock <= i) continue;
      const Index lanes = j / kBlock * y.hi.block_stride;
      PacketSum sums[kRows][packets];
      for (Index l = 0; l < length; ++l) {
        for (Index k = 0; k < packets; ++k) {
          const Index at_y = lanes + l * y.hi.row_stride + k * kWidth;
          const Packet yh = simd::ploadu<Packet>(y.hi.data + at_y);
          const Packet yl = YLow ? simd::ploadu<Packet>(y.lo.data + at_y) : zero;
          for (Index r = 0; r < kRows; ++r) {
            const Index at_x = row + l * x.hi.row_stride + r;
            const Packet xh = simd::pset1<Packet>(x.hi.data[at_x]);
            const Packet xl = XLow ? simd::pset1<Packet>(x.lo.data[at_x]) : zero;
            sums[r][k].template add<XLow, YLow>(xh, xl, yh, yl);
          }
        }
      }
      for (Index r = 0; r < kRows && i + r < count; ++r) {
        for (Index k = 0; k < packets; ++k) {
          simd::pstoreu(tile_hi + k * kWidth, sums[r][k].sum);
          simd::pstoreu(tile_lo + k * kWidth, sums[r][k].rest);
        }
        for (Index c = 0; c < kBlock && j + c < count; ++c) {
          const DoubleDouble dot = two_sum(tile_hi[c], tile_lo[c]);
          hi[(i + r) * count + j + c] = dot.hi;
          lo[(i + r) * count + j + c] = dot.lo;
        }
      }
    }
  }
  if (same)
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < i; ++j) {
        hi[i * count + j] = hi[j * count + i];
        lo[i * count + j] = lo[j * count + i];
      }
}

void add_to(double& hi, double& lo, DoubleDouble value) {
  const DoubleDouble sum = DoubleDouble(hi, lo) + value;
  hi = sum.hi;
  lo = sum.lo;
}

template <bool XLow, bool YLow>
DoubleDouble run_dot(const Run& run, Wide x, Wide y) {
  DoubleDouble total;
  Index l = 0;
  if (run.stride == 1 && run.length >= kWidth) {
    PacketSum sums;
    const Packet zero = simd::pset1<Packet>(0.0);
    for (; l + kWidth <= run.length; l += kWidth) {
      const Index at = run.base + l;
      sums.template add<XLow, YLow>(simd::ploadu<Packet>(x.hi + at), XLow ? simd::ploadu<Packet>(x.lo + at) : zero,
                                    simd::ploadu<Packet>(y.hi + at), YLow ? simd::ploadu<Packet>(y.lo + at) : zero);
    }
    double lane_sum[kWidth], lane_rest[kWidth];
    simd::pstoreu(lane_sum, sums.sum);
    simd::pstoreu(lane_rest, sums.rest);
    for (Index k = 0; k < kWidth; ++k) total += two_sum(lane_sum[k], lane_rest[k]);
  }
  ScalarSum tail;
  for (; l < run.length; ++l) {
    const Index at = run.base + l * run.stride;
    tail.add<XLow, YLow>(x.hi[at], XLow ? x.lo[at] : 0.0, y.hi[at], YLow ? y.lo[at] : 0.0);
  }
  return total + tail.value();
}

template <bool XLow, bool YLow>
void cut_dots(const Cut& cut, Wide x, Wide y, Scratch& scratch, double* dots_hi, double* dots_lo) {
  for (const Lanes& lanes : cut.lanes) {
    double* sum = scratch.sum.data();
    double* rest = scratch.rest.data();
    std::fill_n(sum, lanes.count, 0.0);
    std::fill_n(rest, lanes.count, 0.0);
    const Packet zero = simd::pset1<Packet>(0.0);
    for (Index l = 0; l < lanes.length; ++l) {
      const Index row = lanes.base + l * lanes.stride;
      Index j = 0;
      for (; j + kWidth <= lanes.count; j += kWidth) {
        const Index at = row + j;
        PacketSum sums{simd::ploadu<Packet>(sum + j), simd::ploadu<Packet>(rest + j)};
        sums.template add<XLow, YLow>(simd::ploadu<Packet>(x.hi + at), XLow ? simd::ploadu<Packet>(x.lo + at) : zero,
                                      simd::ploadu<Packet>(y.hi + at), YLow ? simd::ploadu<Packet>(y.lo + at) : zero);
        simd::pstoreu(sum + j, sums.sum);
        simd::pstoreu(rest + j, sums.rest);
      }
      for (; j < lanes.count; ++j) {
        const Index at = row + j;
        ScalarSum one{sum[j], rest[j]};
        one.add<XLow, YLow>(x.hi[at], XLow ? x.lo[at] : 0.0, y.hi[at], YLow ? y.lo[at] : 0.0);
        sum[j] = one.sum;
        rest[j] = one.rest;
      }
    }
    for (std::size_t j = 0; j < lanes.target.size(); ++j)
      add_to(dots_hi[lanes.target[j]], dots_lo[lanes.target[j]], two_sum(sum[j], rest[j]));
  }
  for (const Run& run : cut.runs) add_to(dots_hi[run.target], dots_lo[run.target], run_dot<XLow, YLow>(run, x, y));
}

void clear_targets(const Cut& cut, double* hi, double* lo) {
  for (const Lanes& lanes : cut.lanes)
    for (const std::int32_t target : lanes.target) hi[target] = lo[target] = 0.0;
  for (const Run& run : cut.runs) hi[run.target] = lo[run.target] = 0.0;
}

template <bool XLow, bool YLow>
void all_dots(const LawForm& form, const Arrangement& arrangement, Wide x, Wide y, bool same, Scratch& scratch,
              double* hi, double* lo) {
  for (const Panel& panel : arrangement.panels) {
    const WidePacked a = pack_wide(panel, x, scratch.x_hi, scratch.x_lo);
    const WidePacked b = same ? a : pack_wide(panel, y, scratch.y_hi, scratch.y_lo);
    gram<XLow, YLow>(panel, a, b, same, hi + panel.dot, lo + panel.dot);
  }
  clear_targets(arrangement.squares, hi, lo);
  cut_dots<XLow, YLow>(arrangement.squares, x, y, scratch, hi, lo);
  if (same) {
    clear_targets(arrangement.norms, hi, lo);
    cut_dots<XLow, YLow>(arrangement.norms, x, y, scratch, hi, lo);
  }
  for (const Pair& pair : arrangement.pairs) {
    const auto p = form.slice(pair.p), q = form.slice(pair.q);
    ScalarSum sum;
    const auto add = [&](Index at_x, Index at_y) {
      sum.add<XLow, YLow>(x.hi[at_x], XLow ? x.lo[at_x] : 0.0, y.hi[at_y], YLow ? y.lo[at_y] : 0.0);
    };
    for (std::size_t l = 0; l < p.size(); ++l) {
      add(p[l], q[l]);
      add(q[l], p[l]);
    }
    const DoubleDouble dot = sum.value();
    hi[pair.dot] = 0.5 * dot.hi;
    lo[pair.dot] = 0.5 * dot.lo;
  }
}

}  // namespace

void exact_dots(const LawForm& form, const Arrangement& arrangement, Wide x, Wide y, bool same, Scratch& scratch,
                double* dots_hi, double* dots_lo) {
  if (x.lo && !y.lo) std::swap(x, y);  // the dots of a form are used symmetrically
  if (x.lo)
    all_dots<true, true>(form, arrangement, x, y, same, scratch, dots_hi, dots_lo);
  else if (y.lo)
    all_dots<false, true>(form, arrangement, x, y, same, scratch, dots_hi, dots_lo);
  else
    all_dots<false, false>(form, arrangement, x, y, same, scratch, dots_hi, dots_lo);
}

void exact_sums(const Arrangement& arrangement, Wide x, double* sums_hi, double* sums_lo) {
  clear_targets(arrangement.sums, sums_hi, sums_lo);
  const auto add = [&](std::int32_t target, Index at) {
    add_to(sums_hi[target], sums_lo[target], DoubleDouble(x.hi[at], x.lo ? x.lo[at] : 0.0));
  };
  for (const Lanes& lanes : arrangement.sums.lanes)
    for (Index l = 0; l < lanes.length; ++l)
      for (Index j = 0; j < lanes.count; ++j)
        add(lanes.target[static_cast<std::size_t>(j)], lanes.base + l * lanes.stride + j);
  for (const Run& run : arrangement.sums.runs)
    for (Index l = 0; l < run.length; ++l) add(run.target, run.base + l * run.stride);
}

}  // namespace invar::form_detail
