// A node of the graph as a polynomial in θ, in symbols: a sum of terms, each a number times parameters times frozen
// numbers whose places are affine in a few axes, summed over some of these. QᵀQ of any size is one term.
//
// A monomial here is one such term. An axis of a node is a list of sub-axes, outermost first (mixed radix): reshapes
// and einops splits regroup and split sub-axes, they never move data. An axis of extent 1 has no sub-axis.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensor/graph.h"

namespace invar::form_detail {

/// A sub-axis; extents are in Polynomial::extents.
using AxisId = std::int32_t;

/// offset + Σ stride · (value of the axis): a place in θ, or in the values of a constant.
struct AffinePlace {
  Index offset = 0;
  std::vector<std::pair<AxisId, Index>> strides;

  Index stride(AxisId axis) const;
  void add_stride(AxisId axis, Index stride);
};

struct FrozenFactor {
  std::shared_ptr<const std::vector<double>> values;
  AffinePlace place;
};

struct Monomial {
  double coefficient = 1.0;
  std::vector<AffinePlace> parameters;  // one a factor: the degree is their number
  std::vector<FrozenFactor> frozen;
  std::vector<AxisId> summed;
};

struct Polynomial {
  std::vector<Index> extents;             // of every sub-axis, by AxisId
  std::vector<std::vector<AxisId>> axes;  // the node's axes
  std::vector<Monomial> terms;
};

/// Throws InputError, naming `law`, where the node is no polynomial of degree ≤ 2 in the parameters (slot 0).
Polynomial polynomial_of(const Graph& graph, NodeId node, const std::string& law);

}  // namespace invar::form_detail
