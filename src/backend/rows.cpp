#include "backend/rows.h"

#include <algorithm>
#include <limits>

#include "backend/each.h"
#include "backend/elementary.h"
#include "backend/exponential.h"

namespace invar {
namespace {

// out[lane] = max over the unmasked rows; rows stand `stride` apart.
template <class S, class Kept>
void row_maximum(const S* in, Index extent, Index stride, Index lanes, S* out, const Kept& kept) {
  bool first = true;
  for (Index u = 0; u < extent; ++u) {
    if (!kept(u)) continue;
    const S* row = in + u * stride;
    if (first)
      std::copy_n(row, lanes, out);
    else
      each<S>(row, out, out, lanes, [](auto x, auto y) { return x > y ? x : y; });
    first = false;
  }
  if (first) std::fill_n(out, lanes, S(0));
}

// p = exp(s − max) / Σ; masked entries are exactly 0 and cost nothing.
template <class S, class Kept>
void softmax_row(const S* in, S* out, Index extent, Index stride, Index lanes, S* scratch, const Kept& kept) {
  using P = typename Pack<S>::type;
  S* maximum = scratch;
  S* total = scratch + lanes;
  row_maximum(in, extent, stride, lanes, maximum, kept);
  std::fill_n(total, lanes, S(0));
  for (Index u = 0; u < extent; ++u) {
    const S* from = in + u * stride;
    S* to = out + u * stride;
    if (!kept(u)) {
      std::fill_n(to, lanes, S(0));
      continue;
    }
    each<S>(from, maximum, to, lanes, [](P x, P most) { return exp_of_negative<S>(P(x - most)); });
    each<S>(total, to, total, lanes, [](P x, P y) { return P(x + y); });
  }
  each<S>(total, total, lanes, [](P x) { return P(broadcast<S>(S(1)) / x); });
  for (Index u = 0; u < extent; ++u) {
    if (!kept(u)) continue;
    S* to = out + u * stride;
    each<S>(to, total, to, lanes, [](P x, P y) { return P(x * y); });
  }
}

// Scores that lane by lane are out of the softmax: exp(−∞) is exactly 0.
template <class S>
void masked_scores(const S* in, const S* active, S* out, Index extent, Index stride, Index lanes) {
  for (Index u = 0; u < extent; ++u)
    for (Index l = 0; l < lanes; ++l)
      out[u * stride + l] = active[u * stride + l] != S(0) ? in[u * stride + l] : -std::numeric_limits<S>::infinity();
}

template <class S>
void log_sum_exp_row(const S* in, S* out, Index extent, Index stride, Index lanes, S* scratch) {
  using P = typename Pack<S>::type;
  S* maximum = scratch;
  S* shifted = scratch + lanes;
  row_maximum(in, extent, stride, lanes, maximum, [](Index) { return true; });
  std::fill_n(out, lanes, S(0));
  for (Index u = 0; u < extent; ++u) {
    each<S>(in + u * stride, maximum, shifted, lanes, [](P x, P most) { return exp_of_negative<S>(P(x - most)); });
    each<S>(out, shifted, out, lanes, [](P x, P y) { return P(x + y); });
  }
  apply_function<S>(Function::log, out, out, lanes);
  for (Index l = 0; l < lanes; ++l) out[l] += maximum[l];
}

// k = 1 in one sweep, so that the largest of many entries stays cheap.
template <class S>
void first_largest_row(const S* in, S* out, Index extent, Index stride, Index lanes, S* largest) {
  std::copy_n(in, lanes, largest);
  for (Index u = 1; u < extent; ++u)
    each<S>(in + u * stride, largest, largest, lanes, [](auto x, auto y) { return x > y ? x : y; });
  for (Index l = 0; l < lanes; ++l) {
    S left(1);
    for (Index u = 0; u < extent; ++u) {
      S& kept = out[u * stride + l];
      kept = in[u * stride + l] == largest[l] ? left : S(0);
      left -= kept;
    }
  }
}

// An entry is kept if fewer than k others beat it: larger, or equal at a lower index. Counting needs no sort, and runs
// along the lanes; extents are numbers of experts.
template <class S>
void top_k_row(const S* in, S* out, Index extent, Index stride, Index lanes, Index k, S* scratch) {
  if (k == 1) return first_largest_row(in, out, extent, stride, lanes, scratch);
  for (Index u = 0; u < extent; ++u) {
    S* count = out + u * stride;
    const S* own = in + u * stride;
    std::fill_n(count, lanes, S(0));
    for (Index v = 0; v < extent; ++v) {
      if (v == u) continue;
      const S* other = in + v * stride;
      if (v < u)
        for (Index l = 0; l < lanes; ++l) count[l] += other[l] >= own[l] ? S(1) : S(0);
      else
        for (Index l = 0; l < lanes; ++l) count[l] += other[l] > own[l] ? S(1) : S(0);
    }
    for (Index l = 0; l < lanes; ++l) count[l] = count[l] < S(k) ? S(1) : S(0);
  }
}

template <class S>
void run_row(const RowKernel& kernel, const S* in, S* out, Index stride, Index lanes, S* scratch) {
  switch (kernel.op) {
    case Op::log_sum_exp:
      return log_sum_exp_row(in, out, kernel.extent, stride, lanes, scratch);
    case Op::top_k:
      return top_k_row(in, out, kernel.extent, stride, lanes, kernel.k, scratch);
    default:
      return softmax_row(in, out, kernel.extent, stride, lanes, scratch, [](Index) { return true; });
  }
}

template <class S>
S sum_of(typename Pack<S>::type pack) {
  if constexpr (kPackWidth<S> == 1) {
    return pack;
  } else {
    S total(0);
    for (int i = 0; i < kPackWidth<S>; ++i) total += pack[i];
    return total;
  }
}

// The largest of entries that lie side by side, −∞ of none.
template <class S>
S largest_of(const S* in, Index count) {
  constexpr Index width = kPackWidth<S>;
  using P = typename Pack<S>::type;
  S most = -std::numeric_limits<S>::infinity();
  Index u = 0;
  if (count >= width) {
    P packs = load<S>(in);
    for (u = width; u + width <= count; u += width) {
      const P next = load<S>(in + u);
      packs = next > packs ? next : packs;
    }
    if constexpr (width == 1)
      most = packs;
    else
      for (Index i = 0; i < width; ++i) most = packs[i] > most ? packs[i] : most;
  }
  for (; u < count; ++u) most = in[u] > most ? in[u] : most;
  return most;
}

// exp(in − shift), to `out` where there is one; returns the sum.
template <class S>
S sum_of_exponentials(const S* in, Index count, S shift, S* out) {
  constexpr Index width = kPackWidth<S>;
  using P = typename Pack<S>::type;
  const P most = broadcast<S>(shift);
  P sums = broadcast<S>(S(0));
  Index u = 0;
  for (; u + width <= count; u += width) {
    const P value = exp_of_negative<S>(P(load<S>(in + u) - most));
    if (out != nullptr) store<S>(out + u, value);
    sums += value;
  }
  S total = sum_of<S>(sums);
  if (const Index left = count - u; left > 0) {
    S values[width];
    store<S>(values, exp_of_negative<S>(P(load_first<S>(in + u, left) - most)));
    for (Index i = 0; i < left; ++i) total += values[i];
    if (out != nullptr) std::copy_n(values, left, out + u);
  }
  return total;
}

// The first `count` entries of a row that lies side by side; the others get zeros.
template <class S>
void softmax_of_first(const S* in, S* out, Index extent, Index count) {
  using P = typename Pack<S>::type;
  std::fill(out + count, out + extent, S(0));
  if (count == 0) return;
  const P factor = broadcast<S>(S(1) / sum_of_exponentials(in, count, largest_of(in, count), out));
  each<S>(out, out, count, [&](P x) { return P(x * factor); });
}

// A row that lies side by side, of which any entries are masked.
template <class S, class Kept>
void softmax_of_kept(const S* in, S* out, Index extent, const Kept& kept) {
  using P = typename Pack<S>::type;
  bool any = false;
  for (Index u = 0; u < extent; ++u) {
    const bool here = kept(u);
    out[u] = here ? in[u] : -std::numeric_limits<S>::infinity();
    any = any || here;
  }
  if (!any) {
    std::fill_n(out, extent, S(0));
    return;
  }
  S most = largest_of(static_cast<const S*>(out), extent);
  if (most == -std::numeric_limits<S>::infinity()) most = S(0);
  const P factor = broadcast<S>(S(1) / sum_of_exponentials(static_cast<const S*>(out), extent, most, out));
  each<S>(out, out, extent, [&](P x) { return P(x * factor); });
}

template <class S>
void log_sum_exp_side_by_side(const RowKernel& kernel, const S* in, S* out) {
  for (Index row = 0; row < kernel.outer; ++row, in += kernel.extent) {
    const S most = largest_of(in, kernel.extent);
    S total = sum_of_exponentials<S>(in, kernel.extent, most, nullptr);
    apply_function<S>(Function::log, &total, &total, 1);
    out[row] = most + total;
  }
}

// Without lanes the rows themselves are taken as lanes, transposed into scratch.
constexpr Index kRowsAsLanes = 16;

template <class S>
void run_rows_as_lanes(const RowKernel& kernel, const S* in, const S* active, S* out, S* scratch) {
  const Index rows = kernel.outer * kernel.inner;
  S* scores = scratch + 2 * kRowsAsLanes;
  S* results = scores + kernel.extent * kRowsAsLanes;
  for (Index first = 0; first < rows; first += kRowsAsLanes) {
    const Index lanes = std::min(kRowsAsLanes, rows - first);
    const auto each_entry = [&](const auto& work) {
      for (Index l = 0; l < lanes; ++l) {
        const Index row = first + l, begin = row / kernel.inner * kernel.extent * kernel.inner + row % kernel.inner;
        for (Index u = 0; u < kernel.extent; ++u) {
          const Index element = begin + u * kernel.inner;
          const bool kept = active != nullptr ? active[element] != S(0)
                            : kernel.mask
                                ? (*kernel.mask)[static_cast<std::size_t>(element) % kernel.mask->size()] != 0.0
                                : true;
          work(element, u * lanes + l, kept);
        }
      }
    };
    each_entry([&](Index element, Index at, bool kept) {
      scores[at] = kept ? in[element] : -std::numeric_limits<S>::infinity();
    });
    if (kernel.op == Op::log_sum_exp) {
      run_row(kernel, scores, out + first, lanes, lanes, scratch);
    } else {
      run_row(kernel, scores, results, lanes, lanes, scratch);
      each_entry([&](Index element, Index at, bool kept) { out[element] = kept ? results[at] : S(0); });
    }
  }
}

}  // namespace

Index row_scratch(const RowKernel& kernel, Index lanes) {
  return std::max(2 * lanes, (2 + 2 * kernel.extent) * kRowsAsLanes);
}

template <class S>
void run_rows(const RowKernel& kernel, const S* in, const S* active, S* out, Index lanes, S* scratch) {
  if (kernel.op == Op::one_hot) {
    for (Index o = 0; o < kernel.outer; ++o)
      for (Index u = 0; u < kernel.extent; ++u)
        for (Index l = 0; l < lanes; ++l)
          out[(o * kernel.extent + u) * lanes + l] = in[o * lanes + l] == S(u) ? S(1) : S(0);
    return;
  }
  if (lanes == 1) {
    const bool side_by_side = kernel.inner == 1 && kernel.extent >= kPackWidth<S>;
    if (side_by_side && kernel.op == Op::log_sum_exp) return log_sum_exp_side_by_side(kernel, in, out);
    if (!side_by_side || kernel.op != Op::softmax) return run_rows_as_lanes(kernel, in, active, out, scratch);
    const auto masks = static_cast<Index>(kernel.first_ones.size());
    for (Index row = 0; row < kernel.outer; ++row) {
      const Index begin = row * kernel.extent;
      const S* from = in + begin;
      S* to = out + begin;
      if (active != nullptr) {
        softmax_of_kept(from, to, kernel.extent, [&](Index u) { return active[begin + u] != S(0); });
      } else if (masks > 0) {
        softmax_of_first(from, to, kernel.extent, kernel.first_ones[static_cast<std::size_t>(row % masks)]);
      } else if (kernel.mask) {
        const double* mask = kernel.mask->data() + static_cast<std::size_t>(begin) % kernel.mask->size();
        softmax_of_kept(from, to, kernel.extent, [&](Index u) { return mask[u] != 0.0; });
      } else {
        softmax_of_first(from, to, kernel.extent, kernel.extent);
      }
    }
    return;
  }
  const Index stride = kernel.inner * lanes;
  for (Index o = 0; o < kernel.outer; ++o)
    for (Index i = 0; i < kernel.inner; ++i) {
      const Index element = o * kernel.extent * kernel.inner + i;
      const S* from = in + element * lanes;
      if (kernel.op == Op::log_sum_exp) {
        run_row(kernel, from, out + (o * kernel.inner + i) * lanes, stride, lanes, scratch);
        continue;
      }
      S* to = out + element * lanes;
      if (active != nullptr) {
        masked_scores(from, active + element * lanes, to, kernel.extent, stride, lanes);
        run_row(kernel, static_cast<const S*>(to), to, stride, lanes, scratch);
      } else if (kernel.mask) {
        const double* mask = kernel.mask->data() + static_cast<std::size_t>(element) % kernel.mask->size();
        softmax_row(from, to, kernel.extent, stride, lanes, scratch,
                    [&](Index u) { return mask[u * kernel.inner] != 0.0; });
      } else {
        run_row(kernel, from, to, stride, lanes, scratch);
      }
    }
}

template void run_rows<float>(const RowKernel&, const float*, const float*, float*, Index, float*);
template void run_rows<double>(const RowKernel&, const double*, const double*, double*, Index, double*);
template void run_rows<Quad>(const RowKernel&, const Quad*, const Quad*, Quad*, Index, Quad*);

}  // namespace invar
