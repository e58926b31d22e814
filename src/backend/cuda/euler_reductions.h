// What the drift budget wants of Euler's steps whose vectors lie on a device: dot products of slices of θ, the slope k
// and the update's rounding ρ, summed over the steps, and what its bounds follow in each. Plain data between laws,
// which know no device, and a device, which knows no laws.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tensor/layout.h"

namespace invar::cuda {

/// Of a vector whose squares are summed, one sum a team.
inline constexpr Index kStretch = 8192;
inline Index stretches_of(Index size) {
  return (size + kStretch - 1) / kStretch;
}

/// Numbers of row r: those from begin[r] to begin[r + 1].
using Begins = std::vector<Index>;

/// Elements base, base + stride, …
struct Stretch {
  Index base = 0, stride = 0, length = 0;
};

/// Sums over single slices, each cut into stretches.
struct StretchSums {
  std::vector<std::int32_t> target;  // one a row
  Begins begin{0};
  std::vector<Stretch> stretches;
};

/// Slices of one length, all pairs of which are wanted: of slices i and j at dot + i · count + j.
struct GramPanel {
  Index count = 0, length = 0;  // slices; elements of a slice in one part
  // Element l of slice j in part p: part[p] + j · slice_stride + l · position_stride; without parts elements[l · count
  // + j].
  std::vector<Index> part;
  Index slice_stride = 0, position_stride = 0;
  std::vector<Index> elements;
  std::int32_t dot = 0;

  Index positions() const { return length * (part.empty() ? 1 : static_cast<Index>(part.size())); }
};

/// (<x_p, y_q> + <y_p, x_q>) / 2 of slices given by their elements.
struct ElementPairs {
  std::vector<std::int32_t> dot;
  Begins begin{0};
  std::vector<Index> p, q;
};

/// ‖k‖² over the elements that a component or a group reads: a sum of squared slices, less what several of them share.
struct NormRows {
  Begins begin{0};
  std::vector<std::int32_t> dot;
  Begins repeated_begin{0};
  std::vector<Index> repeated;
  std::vector<double> multiplicity;
};

/// The elements of linear components, with their coefficients' absolute values.
struct LinearRows {
  std::vector<Index> component;
  Begins begin{0};
  std::vector<Index> element;
  std::vector<double> weight;
};

struct EulerReductions {
  std::vector<GramPanel> panels;
  StretchSums squares;  // dots of slices with themselves
  StretchSums norms;    // the same, wanted of k alone
  ElementPairs pairs;
  StretchSums sums;  // plain sums of slices
  Index dots = 0, slices = 0;
  NormRows component_norms, group_norms;
  LinearRows linear;
  double unit_of_parameters = 0.0, gradient_rounding = 0.0;  // of linear components' floors
};

/// The sums over the steps, all that the next step depends on. Of each hi + lo: dots of k with itself times τ², of θ
/// with k times τ, of θ' − ρ/2 with ρ; the plain sums of k times τ and of ρ.
enum class EulerTotal : std::uint8_t {
  step_hi,
  step_lo,
  gradient_hi,
  gradient_lo,
  update_hi,
  update_lo,
  gradient_sum_hi,
  gradient_sum_lo,
  update_sum_hi,
  update_sum_lo,
  bound_sum,  // Σ τ² ‖k‖², and the largest ‖k‖²: of components, of groups
  norm_max,
  group_bound_sum,
  group_norm_max,
  linear_floor,      // by component
  largest_gradient,  // likewise
};
inline constexpr std::size_t kEulerTotals = 16;
/// By EulerTotal; of the right sizes.
using EulerTotals = std::array<std::vector<double>*, kEulerTotals>;

class DeviceReductions {
 public:
  virtual ~DeviceReductions() = default;
  /// All totals from the host: at a start and after a checkpoint.
  virtual void write(const EulerTotals& totals) = 0;
  /// Adds the step that the executor has just taken, of size `tau`.
  virtual void step(double tau) = 0;
  /// Waits for the totals.
  virtual void read(const EulerTotals& totals) = 0;
};

}  // namespace invar::cuda
