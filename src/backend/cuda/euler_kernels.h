// The bodies of an Euler step on a device, and of what its drift budget reduces. In double, whatever the run's format.
#pragma once

#include "backend/cuda/euler_reductions.h"
#include "backend/cuda/kernels.h"

namespace invar::cuda {

/// θ' = θ + τ k, and k = −∇C in the gradient's place.
template <class S>
struct EulerUpdate {
  S* gradient;
  const S* before;
  S* after;
  S tau;
  INVAR_HD void operator()(Index i) const {
    const S k = -gradient[i];
    gradient[i] = k;
    after[i] = before[i] + tau * k;
  }
};

template <class S>
struct Copy {
  S* to;
  const S* from;
  INVAR_HD void operator()(Index i) const { to[i] = from[i]; }
};

/// Σ x² over stretches of one length: one number each.
template <class S>
struct SquaresOfStretches {
  const S* x;
  Index size, stretch;
  double* out;
  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const S* from = x + r * stretch;
    const Index rest = size - r * stretch;
    const double total = team.reduce(
        rest < stretch ? rest : stretch, 0.0, [&](Index i) { return static_cast<double>(from[i]) * from[i]; }, Plus());
    if (team.first()) out[r] = total;
  }
};

/// An operand of plain sums.
struct Ones {
  INVAR_HD double operator[](Index) const { return 1.0; }
};

struct DeviceStretchSums {
  const std::int32_t* target;
  const Index* begin;
  const Stretch* stretches;
};

/// Σ x y over the stretches of each row.
template <class X, class Y>
struct StretchDots {
  DeviceStretchSums rows;
  X x;
  Y y;
  double* out;
  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    double total = 0.0;
    for (Index s = rows.begin[r]; s < rows.begin[r + 1]; ++s) {
      const Stretch stretch = rows.stretches[s];
      total += team.reduce(
          stretch.length, 0.0,
          [&](Index l) {
            const Index i = stretch.base + l * stretch.stride;
            return x[i] * y[i];
          },
          Plus());
    }
    if (team.first()) out[rows.target[r]] = total;
  }
};

struct DevicePanel {
  Index count, length, positions, parts;
  const Index* part;
  Index slice_stride, position_stride;
  const Index* elements;
  Index dot;

  /// Of slice j at position l: at(l) + j · step().
  INVAR_HD Index at(Index l) const {
    if (parts == 0) return l * count;
    if (parts == 1) return part[0] + l * position_stride;
    return part[l / length] + l % length * position_stride;
  }
  INVAR_HD Index element(Index at, Index j) const { return parts == 0 ? elements[at + j] : at + j * slice_stride; }
};

/// Slices i … i + kGramTile with j … j + kGramTile of a panel.
struct DeviceTile {
  std::int32_t panel, i, j;
};
inline constexpr int kGramTile = 4;

template <class X, class Y>
struct GramDots {
  const DevicePanel* panels;
  const DeviceTile* tiles;
  X x;
  Y y;
  bool same;  // x and y are one: what lies below the diagonal of tiles is copied from above
  double* out;

  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const DeviceTile tile = tiles[r];
    if (same && tile.j < tile.i) return;
    const DevicePanel panel = panels[tile.panel];
    const auto within = [](Index rest) { return static_cast<int>(rest < kGramTile ? rest : kGramTile); };
    const int rows = within(panel.count - tile.i), columns = within(panel.count - tile.j);
    double sums[kGramTile * kGramTile];
    team.accumulate(
        panel.positions,
        [&](Index l, double* to) {
          const Index at = panel.at(l);
          double right[kGramTile] = {};
          for (int j = 0; j < columns; ++j) right[j] = y[panel.element(at, tile.j + j)];
          for (int i = 0; i < rows; ++i) {
            const double left = x[panel.element(at, tile.i + i)];
            for (int j = 0; j < kGramTile; ++j) to[i * kGramTile + j] += left * right[j];
          }
        },
        sums);
    if (!team.first()) return;
    double* gram = out + panel.dot;
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        gram[(tile.i + i) * panel.count + tile.j + j] = sums[i * kGramTile + j];
        if (same) gram[(tile.j + j) * panel.count + tile.i + i] = sums[i * kGramTile + j];
      }
  }
};

template <class X, class Y>
struct PairDots {
  const std::int32_t* dot;
  const Index *begin, *p, *q;
  X x;
  Y y;
  double* out;
  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const Index *first = p + begin[r], *second = q + begin[r];
    const double total = team.reduce(
        begin[r + 1] - begin[r], 0.0, [&](Index l) { return x[first[l]] * y[second[l]] + y[first[l]] * x[second[l]]; },
        Plus());
    if (team.first()) out[dot[r]] = 0.5 * total;
  }
};

/// hi + lo += factor · term: the sum is compensated, its terms are rounded.
struct Compensated {
  double *hi, *lo;
  const double* term;
  double factor;
  INVAR_HD void operator()(Index i) const {
    // As a fused operation that adds nothing, so that the product is rounded before it is added.
    const double add = std::fma(factor, term[i], 0.0), old = hi[i], sum = old + add, part = sum - old;
    hi[i] = sum;
    lo[i] += (old - (sum - part)) + (add - part);
  }
};

struct DeviceNormRows {
  const Index* begin;
  const std::int32_t* dot;
  const Index *repeated_begin, *repeated;
  const double* multiplicity;
};

/// Σ τ² ‖k‖² and the largest ‖k‖², of one row by a thread or a team.
template <class S>
struct Bounds {
  DeviceNormRows rows;
  const double* square;
  const S* k;
  double tau_squared;
  double *sum, *largest;

  INVAR_HD void operator()(Index r) const {
    double norm = 0.0;
    for (Index s = rows.begin[r]; s < rows.begin[r + 1]; ++s) norm += square[rows.dot[s]];
    for (Index s = rows.repeated_begin[r]; s < rows.repeated_begin[r + 1]; ++s) norm -= shared(s);
    add(r, norm);
  }
  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    const Index first = rows.begin[r], again = rows.repeated_begin[r];
    const double whole = team.reduce(
        rows.begin[r + 1] - first, 0.0, [&](Index s) { return square[rows.dot[first + s]]; }, Plus());
    const double less = team.reduce(
        rows.repeated_begin[r + 1] - again, 0.0, [&](Index s) { return shared(again + s); }, Plus());
    if (team.first()) add(r, whole - less);
  }

 private:
  INVAR_HD double shared(Index s) const {
    const double slope = k[rows.repeated[s]];
    return rows.multiplicity[s] * slope * slope;
  }
  INVAR_HD void add(Index r, double norm) const {
    if (norm < 0.0) norm = 0.0;  // by rounding
    sum[r] += tau_squared * norm;
    if (norm > largest[r]) largest[r] = norm;
  }
};

/// What roundings can do to linear components in a step: of θ' at worst, of the gradient by estimate.
template <class S>
struct LinearFloors {
  const Index *component, *begin, *element;
  const double* weight;
  EulerStep<S> step;
  double unit, gradient_rounding;
  double *floor, *largest;
  template <class Team>
  INVAR_HD void operator()(Index r, const Team& team) const {
    double sizes[2];
    const Index first = begin[r];
    team.accumulate(
        begin[r + 1] - first,
        [&](Index s, double* to) {
          const Index i = element[first + s];
          to[0] += weight[first + s] * std::fabs(static_cast<double>(step.after[i]));
          to[1] += weight[first + s] * std::fabs(static_cast<double>(step.k[i]));
        },
        sizes);
    if (!team.first()) return;
    const Index c = component[r];
    if (sizes[1] > largest[c]) largest[c] = sizes[1];
    floor[c] += unit * (sizes[0] + step.tau * sizes[1]) + gradient_rounding * step.tau * largest[c];
  }
};

}  // namespace invar::cuda
