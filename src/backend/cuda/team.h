// The threads that share a row, 32 of them. Thread i takes entries i, i + 32, …, in this order; the 32 results are
// joined by a tree of fixed shape. The host runs the same order in a loop, so a row's bits depend on nothing else.
#pragma once

#include "backend/cuda/functions.h"

namespace invar::cuda {

inline constexpr int kTeam = 32;

struct HostTeam {
  /// Joins value(0) … value(count − 1), beginning with `start` (which join leaves unchanged).
  template <class S, class Value, class Join>
  S reduce(Index count, S start, const Value& value, const Join& join) const {
    S parts[kTeam];
    for (int lane = 0; lane < kTeam; ++lane) {
      parts[lane] = start;
      for (Index u = lane; u < count; u += kTeam) parts[lane] = join(parts[lane], value(u));
    }
    for (int distance = kTeam / 2; distance > 0; distance /= 2)
      for (int lane = 0; lane < distance; ++lane) parts[lane] = join(parts[lane], parts[lane + distance]);
    return parts[0];
  }
  /// add(u, sums) for each entry adds to N sums, which begin at 0: the first thread has the totals.
  template <int N, class Add>
  void accumulate(Index count, const Add& add, double (&total)[N]) const {
    double parts[kTeam][N] = {};
    for (int lane = 0; lane < kTeam; ++lane)
      for (Index u = lane; u < count; u += kTeam) add(u, parts[lane]);
    for (int distance = kTeam / 2; distance > 0; distance /= 2)
      for (int lane = 0; lane < distance; ++lane)
        for (int n = 0; n < N; ++n) parts[lane][n] += parts[lane + distance][n];
    for (int n = 0; n < N; ++n) total[n] = parts[0][n];
  }
  /// work(u) for each entry, by the thread that reduces it.
  template <class Work>
  void each(Index count, const Work& work) const {
    for (Index u = 0; u < count; ++u) work(u);
  }
  bool first() const { return true; }
};

#ifdef __CUDACC__
/// A warp.
struct DeviceTeam {
  int lane;

  template <class S, class Value, class Join>
  __device__ S reduce(Index count, S start, const Value& value, const Join& join) const {
    S part = start;
    for (Index u = lane; u < count; u += kTeam) part = join(part, value(u));
    for (int distance = kTeam / 2; distance > 0; distance /= 2)
      part = join(part, __shfl_down_sync(0xffffffffu, part, distance));
    return __shfl_sync(0xffffffffu, part, 0);
  }
  template <int N, class Add>
  __device__ void accumulate(Index count, const Add& add, double (&total)[N]) const {
    for (int n = 0; n < N; ++n) total[n] = 0.0;
    for (Index u = lane; u < count; u += kTeam) add(u, total);
    for (int distance = kTeam / 2; distance > 0; distance /= 2)
      for (int n = 0; n < N; ++n) total[n] += __shfl_down_sync(0xffffffffu, total[n], distance);
  }
  template <class Work>
  __device__ void each(Index count, const Work& work) const {
    for (Index u = lane; u < count; u += kTeam) work(u);
  }
  __device__ bool first() const { return lane == 0; }
};
#endif

}  // namespace invar::cuda
