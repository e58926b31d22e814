// A law as numbers: h_c(θ) = constant_c + Σ coefficient · (Σ θ_p) + Σ coefficient · <θ_p, θ_q>, where θ_p is the slice
// of θ that `elements` lists for slice p. Every law of degree ≤ 2 has this form: for QᵀQ − KᵀK the slices are the
// columns of Q and K, and component (a,b) is <Q_a, Q_b> − <K_a, K_b>. Components of a symmetric pair of indices keep a
// ≤ b.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/block.h"
#include "tensor/layout.h"

namespace invar {

struct LawForm {
  struct Product {
    double coefficient;
    std::int32_t p, q;
  };  // coefficient · <θ_p, θ_q>; slices p and q have one length
  struct Sum {
    double coefficient;
    std::int32_t p;
  };  // coefficient · Σ θ_p

  LawKind kind = LawKind::law;
  std::string name;  // "query_key"
  std::string scope;
  std::string formula;
  std::vector<std::string> indices;           // letters of the law
  std::vector<std::vector<Index>> component;  // index values of each component, in the order of `indices`
  bool symmetric = false;              // a pair of indices is symmetric: off-diagonal components count twice in norms
  std::array<int, 2> pair = {-1, -1};  // which two of the indices, where symmetric
  std::vector<double> norm_weight;     // one a component: 2 for a ≠ b of a symmetric pair, else 1
  std::vector<std::int32_t> group;     // one a component: the matrix (or vector law) that it belongs to, 0, 1, …;
                                       // a law that is neither has a group of its own for each component (Eq. 10)

  using Element = std::int32_t;  // an index into θ: laws list as many as there are parameters, or more

  std::vector<Element> elements;            // slice after slice
  std::vector<Index> slice_begin;           // slice s is elements[slice_begin[s] .. slice_begin[s+1])
  std::vector<double> constant;             // one a component
  std::vector<Product> products;            // component after component
  std::vector<std::int64_t> product_begin;  // component c: products[product_begin[c] .. product_begin[c+1])
  std::vector<Sum> sums;
  std::vector<std::int64_t> sum_begin;

  std::int64_t components() const { return static_cast<std::int64_t>(constant.size()); }
  std::int32_t groups() const { return group.empty() ? 0 : *std::max_element(group.begin(), group.end()) + 1; }
  std::int32_t slices() const { return slice_begin.empty() ? 0 : static_cast<std::int32_t>(slice_begin.size() - 1); }
  std::span<const Element> slice(std::int32_t s) const {
    const auto at = static_cast<std::size_t>(s);
    return {elements.data() + slice_begin[at], static_cast<std::size_t>(slice_begin[at + 1] - slice_begin[at])};
  }
  std::span<const Product> products_of(std::int64_t c) const {
    const auto at = static_cast<std::size_t>(c);
    return {products.data() + product_begin[at], static_cast<std::size_t>(product_begin[at + 1] - product_begin[at])};
  }
  std::span<const Sum> sums_of(std::int64_t c) const {
    const auto at = static_cast<std::size_t>(c);
    return {sums.data() + sum_begin[at], static_cast<std::size_t>(sum_begin[at + 1] - sum_begin[at])};
  }
  /// Linear (or constant) in θ: no component has a product.
  bool linear() const { return products.empty(); }
};

/// The form of a law. A frozen tensor's values become coefficients (a 0/1 constant selects). Throws InputError for a
/// law that is no polynomial of degree ≤ 2: its value and defect can still come from the graph; and where the block has
/// 2^31 parameters or more.
LawForm law_form(const Block& block, const Law& law);

}  // namespace invar
