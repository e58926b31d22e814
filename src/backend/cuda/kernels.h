// The bodies of the kernels. A body over an index is called once for each number below a count, in any order; a body
// over rows once for each row by a team of threads. None writes what another call reads or writes: no atomics.
#pragma once

#include <cstdint>

#include "backend/cuda/functions.h"
#include "backend/cuda/plan_limits.h"
#include "backend/cuda/team.h"

namespace invar::cuda {

template <class S>
struct Fill {
  S* out;
  S value;
  INVAR_HD void operator()(Index i) const { out[i] = value; }
};

/// total += part
template <class S>
struct AddTo {
  S* total;
  const S* part;
  INVAR_HD void operator()(Index i) const { total[i] += part[i]; }
};

template <class S>
struct DeviceInstruction {
  Instruction::Code code;
  Function function;
  bool out_memory, a_memory, b_memory;
  int out, a, b;  // a gather: a is its number
  S factor_a, factor_b, offset;
};

template <class S>
struct DeviceGather {
  const S* from;
  const std::int32_t* offsets;
  Index run;
  bool constant;
};

/// A fused chain of elementwise instructions for one element, its registers local to the thread.
template <class S>
struct Pointwise {
  const DeviceInstruction<S>* instructions;
  int count;
  S* const* memory;
  const DeviceGather<S>* gathers;

  INVAR_HD void operator()(Index e) const {
    S registers[kRegisters];
    for (int i = 0; i < count; ++i) {
      const DeviceInstruction<S>& next = instructions[i];
      S value(0);
      if (next.code == Instruction::Code::gather) {
        const DeviceGather<S>& gather = gathers[next.a];
        value = gather.from[gather.offsets[e / gather.run] + (gather.constant ? 0 : e % gather.run)];
      } else {
        const S a = next.a_memory ? memory[next.a][e] : registers[next.a];
        if (next.code == Instruction::Code::apply) {
          value = apply_to(next.function, a);
        } else if (next.code == Instruction::Code::affine) {
          value = next.factor_a * a + next.offset;
        } else {
          const S b = next.b_memory ? memory[next.b][e] : registers[next.b];
          value = next.code == Instruction::Code::add ? next.factor_a * a + next.factor_b * b + next.offset
                                                      : next.factor_a * a * b;
        }
      }
      if (next.out_memory)
        memory[next.out][e] = value;
      else
        registers[next.out] = value;
    }
  }
};

/// Row r of [outer, extent, inner]: where it begins, its entries `inner` apart; and which of them count.
template <class S>
struct Row {
  const S* in;
  const S* active;  // 0/1 by entry; null: see mask
  const S* mask;    // 0/1, repeated over the first axes; null: all count
  Index mask_size, extent, inner;

  INVAR_HD Index begin(Index r) const { return r / inner * extent * inner + r % inner; }
  INVAR_HD bool kept(Index element) const {
    if (active) return active[element] != S(0);
    return !mask || mask[element % mask_size] != S(0);
  }
};

struct Larger {
  template <class S>
  INVAR_HD S operator()(S x, S y) const {
    return x > y ? x : y;
  }
};
struct Plus {
  template <class S>
  INVAR_HD S operator()(S x, S y) const {
    return x + y;
  }
};

/// exp(s − max) / Σ over the entries that count; 0 for the others. May be in place.
template <class S>
struct SoftmaxRows {
  Row<S> row;
  S* out;
  S lowest;  // −∞

  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const Index begin = row.begin(r), step = row.inner;
    const Row<S>& from = row;
    S* to = out;
    const S least = lowest;
    const S most = team.reduce(
        from.extent, least,
        [&](Index u) {
          const Index element = begin + u * step;
          return from.kept(element) ? from.in[element] : least;
        },
        Larger());
    const S total = team.reduce(
        from.extent, S(0),
        [&](Index u) {
          const Index element = begin + u * step;
          const S value = from.kept(element) ? std::exp(from.in[element] - most) : S(0);
          to[element] = value;
          return value;
        },
        Plus());
    const S factor = total == S(0) ? S(0) : S(1) / total;
    team.each(from.extent, [&](Index u) { to[begin + u * step] *= factor; });
  }
};

template <class S>
struct LogSumExpRows {
  Row<S> row;
  S* out;  // one number a row
  S lowest;

  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const S* in = row.in + row.begin(r);
    const Index step = row.inner;
    const S most = team.reduce(
        row.extent, lowest, [&](Index u) { return in[u * step]; }, Larger());
    const S total = team.reduce(
        row.extent, S(0), [&](Index u) { return std::exp(in[u * step] - most); }, Plus());
    if (team.first()) out[r] = most + std::log(total);
  }
};

/// An entry is kept if fewer than k others beat it: larger, or equal at a lower index.
template <class S>
struct TopKRows {
  Row<S> row;
  S* out;
  Index k;

  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const Index begin = row.begin(r), step = row.inner, extent = row.extent, most = k;
    const S* in = row.in + begin;
    S* to = out + begin;
    team.each(extent, [&](Index u) {
      const S own = in[u * step];
      Index beaten = 0;
      for (Index v = 0; v < extent; ++v) {
        const S other = in[v * step];
        if (v != u && (other > own || (v < u && other == own))) ++beaten;
      }
      to[u * step] = beaten < most ? S(1) : S(0);
    });
  }
};

template <class S>
struct OneHot {
  const S* in;
  S* out;
  Index extent;
  INVAR_HD void operator()(Index i) const { out[i] = in[i / extent] == S(i % extent) ? S(1) : S(0); }
};

/// Of a product with one-hot vectors, the terms of one place of the output, or of all places along the chosen axis, one
/// after the other: rows that are scattered to the same place are added in their order.
template <class S>
struct Choice {
  const S* integers;
  const S* other;
  S* out;
  S scale;
  Index extent, other_stride, out_stride;
  LoopNest free, summed;

  INVAR_HD void operator()(Index i) const {
    const Place base = free.at(i);
    for (Index s = 0; s < summed.size; ++s) {
      const Place place = summed.at(s);
      const S integer = integers[base.a + place.a];
      if (!(integer >= S(0) && integer < S(extent))) continue;
      const Index chosen = static_cast<Index>(integer);
      if (S(chosen) != integer) continue;
      out[base.out + chosen * out_stride] += scale * other[base.b + place.b + chosen * other_stride];
    }
  }
};

/// A product that no gemm covers: one sum for each place of the output.
template <class S>
struct SumOfProducts {
  const S* a;
  const S* b;
  S* out;
  S scale;
  LoopNest free, summed;

  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const Place base = free.at(r);
    const S *x = a + base.a, *y = b + base.b;
    const LoopNest& terms = summed;
    const S total = team.reduce(
        terms.size, S(0),
        [&](Index s) {
          const Place place = terms.at(s);
          return x[place.a] * y[place.b];
        },
        Plus());
    if (team.first()) out[base.out] = scale * total;
  }
  /// The same where there are so few terms that one thread adds them.
  INVAR_HD void operator()(Index r) const {
    const Place base = free.at(r);
    S total(0);
    for (Index s = 0; s < summed.size; ++s) {
      const Place place = summed.at(s);
      total += a[base.a + place.a] * b[base.b + place.b];
    }
    out[base.out] = scale * total;
  }
};

}  // namespace invar::cuda
