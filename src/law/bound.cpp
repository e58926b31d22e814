#include "law/bound.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace invar {
namespace {

// Largest row sum of |S| where slices overlap: S element by element.
double row_sum_elementwise(const LawForm& form, std::int64_t c) {
  std::map<std::pair<Index, Index>, double> s;
  for (const LawForm::Product& product : form.products_of(c)) {
    const auto p = form.slice(product.p), q = form.slice(product.q);
    for (std::size_t l = 0; l < p.size(); ++l) {
      s[{p[l], q[l]}] += 0.5 * product.coefficient;
      s[{q[l], p[l]}] += 0.5 * product.coefficient;
    }
  }
  std::map<Index, double> rows;
  for (const auto& [place, value] : s) rows[place.first] += std::abs(value);
  double largest = 0.0;
  for (const auto& [row, sum] : rows) largest = std::max(largest, sum);
  return largest;
}

// Where they do not, each element of a slice has one partner in each of the slice's products.
double row_sum_slicewise(const LawForm& form, std::int64_t c) {
  std::map<std::int32_t, double> rows;
  for (const LawForm::Product& product : form.products_of(c)) {
    rows[product.p] += 0.5 * std::abs(product.coefficient);
    rows[product.q] += 0.5 * std::abs(product.coefficient);
  }
  double largest = 0.0;
  for (const auto& [slice, sum] : rows) largest = std::max(largest, sum);
  return largest;
}

// A matrix law of the form Σ_f α_f X_fᵀX_f, read off its components: each diagonal component (a,a) is Σ α ‖x_{f,a}‖²,
// each other (a,b) is Σ α <x_{f,a}, x_{f,b}> with one slice of each index value a family. Gives α of every slice that
// has that role.
std::optional<std::map<std::int32_t, double>> gram_slices(const LawForm& form,
                                                          const std::vector<std::int64_t>& components) {
  const auto first = static_cast<std::size_t>(form.pair[0]), second = static_cast<std::size_t>(form.pair[1]);
  const auto value = [&](std::int64_t c, std::size_t axis) {
    return form.component[static_cast<std::size_t>(c)][axis];
  };
  std::map<std::int32_t, double> alpha;
  std::map<std::int32_t, Index> index;  // the value of the pair's index that a slice stands for
  Index extent = 0;
  for (const std::int64_t c : components) {
    if (!form.sums_of(c).empty()) return std::nullopt;
    if (value(c, first) != value(c, second)) continue;
    ++extent;
    for (const LawForm::Product& product : form.products_of(c)) {
      if (product.p != product.q || !index.emplace(product.p, value(c, first)).second) return std::nullopt;
      alpha[product.p] = product.coefficient;
    }
  }
  std::map<std::int32_t, std::int32_t> family;  // a family's name is its slice of the first index value
  for (const std::int64_t c : components) {
    if (value(c, first) == value(c, second)) continue;
    std::size_t expected = 0;
    for (const auto& [slice, at] : index) expected += at == value(c, first) ? 1 : 0;
    if (form.products_of(c).size() != expected) return std::nullopt;
    for (const LawForm::Product& product : form.products_of(c)) {
      const auto p = index.find(product.p), q = index.find(product.q);
      if (p == index.end() || q == index.end() || p->second == q->second) return std::nullopt;
      if (std::minmax({p->second, q->second}) != std::minmax({value(c, first), value(c, second)})) return std::nullopt;
      if (alpha[product.p] != product.coefficient || alpha[product.q] != product.coefficient) return std::nullopt;
      const auto name = [&](std::int32_t s) { return family.try_emplace(s, s).first->second; };
      const std::int32_t low = std::min(name(product.p), name(product.q)),
                         high = std::max(name(product.p), name(product.q));
      for (auto& [slice, known] : family)
        if (known == high) known = low;
    }
  }
  if (extent == 1) return alpha;
  std::map<std::int32_t, std::map<Index, int>> members;
  for (const auto& [slice, name] : family) ++members[name][index[slice]];
  for (const auto& [name, per_index] : members) {
    if (static_cast<Index>(per_index.size()) != extent) return std::nullopt;
    for (const auto& [at, count] : per_index)
      if (count != 1) return std::nullopt;
  }
  return family.size() == alpha.size() ? std::optional(alpha) : std::nullopt;
}

double group_constant(const LawForm& form, const std::vector<std::int64_t>& components,
                      const std::vector<double>& single) {
  if (components.size() == 1) return single[static_cast<std::size_t>(components[0])];
  if (form.symmetric) {
    if (const auto alpha = gram_slices(form, components)) {
      std::map<Index, double> cover;
      double largest = 0.0;
      for (const auto& [slice, factor] : *alpha)
        for (const Index element : form.slice(slice)) largest = std::max(largest, cover[element] += std::abs(factor));
      return 2.0 * largest;
    }
  }
  double squares = 0.0;
  for (const std::int64_t c : components) {
    const auto at = static_cast<std::size_t>(c);
    squares += form.norm_weight[at] * single[at] * single[at];
  }
  return std::sqrt(squares);
}

std::vector<std::vector<std::int64_t>> members_of_groups(const LawForm& form) {
  std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(form.groups()));
  for (std::int64_t c = 0; c < form.components(); ++c)
    members[static_cast<std::size_t>(form.group[static_cast<std::size_t>(c)])].push_back(c);
  return members;
}

}  // namespace

BoundConstants bound_constants(const LawForm& form) {
  const form_detail::Overlap overlap(form);
  BoundConstants constants;
  for (std::int64_t c = 0; c < form.components(); ++c) {
    const bool elementwise = overlap.among(form_detail::slices_read(form, c));
    constants.component.push_back(2.0 * (elementwise ? row_sum_elementwise(form, c) : row_sum_slicewise(form, c)));
  }
  for (const auto& members : members_of_groups(form))
    constants.group.push_back(group_constant(form, members, constants.component));
  return constants;
}

namespace {

std::vector<std::vector<std::int32_t>> read_by_components(const LawForm& form) {
  std::vector<std::vector<std::int32_t>> read;
  for (std::int64_t c = 0; c < form.components(); ++c) read.push_back(form_detail::slices_read(form, c));
  return read;
}

std::vector<std::vector<std::int32_t>> read_by_groups(const LawForm& form) {
  std::vector<std::vector<std::int32_t>> read;
  for (const auto& members : members_of_groups(form)) {
    read.emplace_back();
    for (const std::int64_t c : members) {
      const std::vector<std::int32_t> more = form_detail::slices_read(form, c);
      read.back().insert(read.back().end(), more.begin(), more.end());
    }
    std::sort(read.back().begin(), read.back().end());
    read.back().erase(std::unique(read.back().begin(), read.back().end()), read.back().end());
  }
  return read;
}

}  // namespace

RestrictedNorms::Unions::Unions(const LawForm& form, const form_detail::Overlap& overlap,
                                std::vector<std::vector<std::int32_t>> read)
    : rows(read.size()) {
  std::size_t longest = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (overlap.among(read[row])) {
      std::map<Index, int> seen;
      std::vector<std::int32_t> needed;
      for (const std::int32_t slice : read[row]) {
        // A slice that others cover already adds nothing: skipping it keeps the list of repeated elements short.
        const std::span<const LawForm::Element> elements = form.slice(slice);
        if (std::all_of(elements.begin(), elements.end(), [&](Index e) { return seen.contains(e); })) continue;
        for (const Index element : elements) ++seen[element];
        needed.push_back(slice);
      }
      for (const auto& [element, times] : seen)
        if (times > 1) repeated.push_back({static_cast<std::int32_t>(row), element, static_cast<double>(times - 1)});
      read[row] = std::move(needed);
    }
    longest = std::max(longest, read[row].size());
  }
  slices.assign(longest, std::vector<std::int32_t>(rows, form.slices()));
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t place = 0; place < read[row].size(); ++place) slices[place][row] = read[row][place];
}

template <class S>
void RestrictedNorms::Unions::apply(const double* slice_norms, const S* g, double* out) const {
  std::fill_n(out, rows, 0.0);
  double* __restrict total = out;
  for (const std::vector<std::int32_t>& place : slices) {
    const std::int32_t* slice = place.data();
    for (std::size_t row = 0; row < rows; ++row) total[row] += slice_norms[slice[row]];
  }
  for (const Repeated& again : repeated) {
    const auto entry = static_cast<double>(g[again.element]);
    out[again.row] -= again.multiplicity * entry * entry;
  }
  if (!repeated.empty())
    for (std::size_t row = 0; row < rows; ++row) out[row] = std::max(out[row], 0.0);
}

template void RestrictedNorms::Unions::apply(const double*, const float*, double*) const;
template void RestrictedNorms::Unions::apply(const double*, const double*, double*) const;

std::vector<RestrictedNorms::Row> RestrictedNorms::Unions::as_rows(std::int32_t no_slice) const {
  std::vector<Row> result(rows);
  for (const std::vector<std::int32_t>& place : slices)
    for (std::size_t row = 0; row < rows; ++row)
      if (place[row] != no_slice) result[row].slices.push_back(place[row]);
  for (const Repeated& again : repeated) {
    Row& row = result[static_cast<std::size_t>(again.row)];
    row.repeated.push_back(again.element);
    row.multiplicity.push_back(again.multiplicity);
  }
  return result;
}

RestrictedNorms::RestrictedNorms(const LawForm& form) : RestrictedNorms(form, form_detail::Overlap(form)) {}

RestrictedNorms::RestrictedNorms(const LawForm& form, const form_detail::Overlap& overlap)
    : slices_(form.slices()),
      component_(form, overlap, read_by_components(form)),
      group_(form, overlap, read_by_groups(form)) {}

}  // namespace invar
