// From the law's polynomial in symbols to slices, products and sums: the free axes take the values of each component,
// the axes that frozen numbers read are enumerated (zeros drop out), and what remains of a factor is a slice of θ.
#include "law/form.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "error.h"
#include "law/polynomial.h"

namespace invar {
namespace {

using form_detail::AffinePlace;
using form_detail::AxisId;
using form_detail::FrozenFactor;
using form_detail::Monomial;
using form_detail::Polynomial;

// One component while it is gathered; the keys are slices.
struct Gathered {
  std::map<std::pair<std::int32_t, std::int32_t>, double> products;  // first ≤ second
  std::map<std::int32_t, double> sums;
  double constant = 0.0;
};

class Slices {
 public:
  using Elements = std::vector<LawForm::Element>;

  // The slice of places base + Σ stride · value, the axes in the order given (outermost first).
  std::int32_t find(Index base, const std::vector<Index>& extents, const std::vector<Index>& strides) {
    // Axes that follow each other in memory are one: then equal slices have equal keys.
    std::vector<Index> key = {base};
    for (std::size_t i = 0; i < extents.size(); ++i) {
      if (key.size() > 1 && key.back() == extents[i] * strides[i]) {
        key[key.size() - 2] *= extents[i];
        key.back() = strides[i];
      } else {
        key.push_back(extents[i]);
        key.push_back(strides[i]);
      }
    }
    const auto [entry, fresh] = known_.try_emplace(key, static_cast<std::int32_t>(known_.size()));
    if (fresh) {
      Elements places = {static_cast<LawForm::Element>(base)};
      for (std::size_t i = 1; i < key.size(); i += 2) {
        Elements finer;
        finer.reserve(places.size() * static_cast<std::size_t>(key[i]));
        for (const LawForm::Element place : places)
          for (Index value = 0; value < key[i]; ++value)
            finer.push_back(static_cast<LawForm::Element>(place + key[i + 1] * value));
        places = std::move(finer);
      }
      elements_.push_back(std::move(places));
    }
    return entry->second;
  }

  const Elements& operator[](std::int32_t slice) const { return elements_[static_cast<std::size_t>(slice)]; }
  std::size_t size() const { return elements_.size(); }

 private:
  std::map<std::vector<Index>, std::int32_t> known_;
  std::vector<Elements> elements_;
};

// A term with its axes sorted by what becomes of them.
class TermReader {
 public:
  TermReader(const Polynomial& polynomial, const Monomial& term) : polynomial_(polynomial), term_(term) {
    for (const AxisId axis : term.summed) {
      const bool frozen = std::any_of(term.frozen.begin(), term.frozen.end(),
                                      [&](const FrozenFactor& factor) { return factor.place.stride(axis) != 0; });
      (frozen ? enumerated_ : sliced_).push_back(axis);
    }
    const auto strides = [&](AxisId axis) {
      std::vector<Index> both;
      for (const AffinePlace& place : term_.parameters) both.push_back(place.stride(axis));
      return both;
    };
    std::sort(sliced_.begin(), sliced_.end(), [&](AxisId a, AxisId b) { return strides(a) > strides(b); });
    for (const AxisId axis : sliced_) extents_.push_back(extent(axis));
    for (const AffinePlace& place : term.parameters) {
      strides_.emplace_back();
      for (const AxisId axis : sliced_) strides_.back().push_back(place.stride(axis));
    }
  }

  // Adds the term to a component; `values` holds the value of every free axis.
  void gather(std::vector<Index>& values, Slices& slices, Gathered& into) const { enumerate(0, values, slices, into); }

 private:
  Index extent(AxisId axis) const { return polynomial_.extents[static_cast<std::size_t>(axis)]; }

  void enumerate(std::size_t next, std::vector<Index>& values, Slices& slices, Gathered& into) const {
    if (next < enumerated_.size()) {
      for (Index value = 0; value < extent(enumerated_[next]); ++value) {
        values[static_cast<std::size_t>(enumerated_[next])] = value;
        enumerate(next + 1, values, slices, into);
      }
      return;
    }
    // Axes that are sliced count from 0 here: their strides are in the slice.
    const auto place_of = [&](const AffinePlace& place) {
      Index at = place.offset;
      for (const auto& [axis, stride] : place.strides)
        if (std::find(sliced_.begin(), sliced_.end(), axis) == sliced_.end())
          at += stride * values[static_cast<std::size_t>(axis)];
      return at;
    };
    double coefficient = term_.coefficient;
    for (const FrozenFactor& factor : term_.frozen)
      coefficient *= (*factor.values)[static_cast<std::size_t>(place_of(factor.place))];
    if (coefficient == 0.0) return;
    if (term_.parameters.empty()) {
      into.constant += coefficient;
      return;
    }
    const std::int32_t p = slices.find(place_of(term_.parameters[0]), extents_, strides_[0]);
    if (term_.parameters.size() == 1) {
      into.sums[p] += coefficient;
    } else {
      const std::int32_t q = slices.find(place_of(term_.parameters[1]), extents_, strides_[1]);
      into.products[std::minmax(p, q)] += coefficient;
    }
  }

  const Polynomial& polynomial_;
  const Monomial& term_;
  std::vector<AxisId> enumerated_, sliced_;
  std::vector<Index> extents_;
  std::vector<std::vector<Index>> strides_;  // one list a factor
};

using Coefficients = std::map<std::pair<Index, Index>, double>;  // {−1, i} for a linear one

Coefficients coefficients_of(const Gathered& component, const Slices& slices) {
  Coefficients result;
  for (const auto& [pair, coefficient] : component.products)
    for (std::size_t l = 0; l < slices[pair.first].size(); ++l)
      result[std::minmax(slices[pair.first][l], slices[pair.second][l])] += coefficient;
  for (const auto& [slice, coefficient] : component.sums)
    for (const Index element : slices[slice]) result[{-1, element}] += coefficient;
  return result;
}

// Coefficients that differ by the order of their sum only are the same.
bool near(double a, double b) {
  return std::abs(a - b) <= 1e-13 * (std::abs(a) + std::abs(b));
}

bool same_polynomial(const Gathered& a, const Gathered& b, const Slices& slices) {
  if (!near(a.constant, b.constant)) return false;
  if (a.products == b.products && a.sums == b.sums) return true;
  Coefficients difference = coefficients_of(a, slices);
  const Coefficients other = coefficients_of(b, slices);
  for (const auto& [monomial, coefficient] : other) {
    const auto found = difference.find(monomial);
    if (found == difference.end() ? coefficient != 0.0 : !near(found->second, coefficient)) return false;
    if (found != difference.end()) difference.erase(found);
  }
  return std::all_of(difference.begin(), difference.end(), [](const auto& left) { return left.second == 0.0; });
}

Index flat_index(const std::vector<Index>& value, const Shape& shape) {
  Index flat = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) flat = flat * shape[i] + value[i];
  return flat;
}

// The first pair of indices whose exchange leaves every component as it is.
std::array<int, 2> symmetric_pair(const std::vector<Gathered>& components,
                                  const std::vector<std::vector<Index>>& values, const Shape& shape,
                                  const Slices& slices) {
  for (std::size_t i = 0; i < shape.size(); ++i)
    for (std::size_t j = i + 1; j < shape.size(); ++j) {
      if (shape[i] != shape[j] || shape[i] == 1) continue;
      bool symmetric = true;
      for (std::size_t c = 0; c < components.size() && symmetric; ++c) {
        std::vector<Index> swapped = values[c];
        std::swap(swapped[i], swapped[j]);
        const auto other = static_cast<std::size_t>(flat_index(swapped, shape));
        if (c < other) symmetric = same_polynomial(components[c], components[other], slices);
      }
      if (symmetric) return {static_cast<int>(i), static_cast<int>(j)};
    }
  return {-1, -1};
}

// Copies what the kept components use; slices are renumbered in the order of their first use.
void store(LawForm& form, const std::vector<Gathered>& components, const std::vector<std::vector<Index>>& values,
           const Slices& slices) {
  std::vector<std::int32_t> number(slices.size(), -1);
  form.slice_begin.push_back(0);
  form.product_begin.push_back(0);
  form.sum_begin.push_back(0);
  const auto numbered = [&](std::int32_t slice) {
    std::int32_t& known = number[static_cast<std::size_t>(slice)];
    if (known < 0) {
      known = form.slices();
      form.elements.insert(form.elements.end(), slices[slice].begin(), slices[slice].end());
      form.slice_begin.push_back(static_cast<Index>(form.elements.size()));
    }
    return known;
  };
  const auto first = static_cast<std::size_t>(form.pair[0]), second = static_cast<std::size_t>(form.pair[1]);
  for (std::size_t c = 0; c < components.size(); ++c) {
    if (form.symmetric && values[c][first] > values[c][second]) continue;
    for (const auto& [pair, coefficient] : components[c].products) {
      if (coefficient == 0.0) continue;
      const auto [p, q] = std::minmax({numbered(pair.first), numbered(pair.second)});
      form.products.push_back({coefficient, p, q});
    }
    for (const auto& [slice, coefficient] : components[c].sums)
      if (coefficient != 0.0) form.sums.push_back({coefficient, numbered(slice)});
    form.product_begin.push_back(static_cast<std::int64_t>(form.products.size()));
    form.sum_begin.push_back(static_cast<std::int64_t>(form.sums.size()));
    form.constant.push_back(components[c].constant);
    form.component.push_back(values[c]);
    form.norm_weight.push_back(form.symmetric && values[c][first] != values[c][second] ? 2.0 : 1.0);
  }
}

// Eq. 10: a symmetric pair is a matrix, the other indices enumerate laws; a linear law is one vector.
void set_groups(LawForm& form) {
  std::map<std::vector<Index>, std::int32_t> known;
  for (std::size_t c = 0; c < form.component.size(); ++c) {
    std::vector<Index> key = form.component[c];
    if (form.linear())
      key.clear();
    else if (form.symmetric)
      for (const int axis : form.pair) key[static_cast<std::size_t>(axis)] = 0;
    form.group.push_back(known.try_emplace(key, static_cast<std::int32_t>(known.size())).first->second);
  }
}

}  // namespace

LawForm law_form(const Block& block, const Law& law) {
  if (block.parameters.size() > std::numeric_limits<LawForm::Element>::max())
    throw InputError("law " + law.name + ": the block has " + std::to_string(block.parameters.size()) +
                     " parameters, and laws number them up to 2^31 - 1; choose smaller sizes");
  const Polynomial polynomial = form_detail::polynomial_of(block.graph, law.node, law.name);
  const Shape& shape = block.graph[law.node].shape;
  std::vector<TermReader> terms;
  for (const Monomial& term : polynomial.terms) terms.emplace_back(polynomial, term);

  Slices slices;
  std::vector<Gathered> components(static_cast<std::size_t>(extent_product(shape)));
  std::vector<std::vector<Index>> values(components.size());
  std::vector<Index> axis_values(polynomial.extents.size());
  for (std::size_t c = 0; c < components.size(); ++c) {
    auto rest = static_cast<Index>(c);
    values[c].resize(shape.size());
    for (std::size_t i = shape.size(); i-- > 0;) {
      values[c][i] = rest % shape[i];
      rest /= shape[i];
      Index sub_rest = values[c][i];
      for (std::size_t s = polynomial.axes[i].size(); s-- > 0;) {
        const auto axis = static_cast<std::size_t>(polynomial.axes[i][s]);
        axis_values[axis] = sub_rest % polynomial.extents[axis];
        sub_rest /= polynomial.extents[axis];
      }
    }
    for (const TermReader& term : terms) term.gather(axis_values, slices, components[c]);
  }

  LawForm form;
  form.kind = law.kind;
  form.name = law.name;
  form.scope = law.scope;
  form.formula = law.formula;
  form.indices = law.indices;
  form.pair = symmetric_pair(components, values, shape, slices);
  form.symmetric = form.pair[0] >= 0;
  store(form, components, values, slices);
  set_groups(form);
  return form;
}

}  // namespace invar
