#include "law/arrangement.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

namespace invar::form_detail {
namespace {

using SliceId = std::int32_t;

// A slice's elements as equal pieces of one stride: piece k begins at base[k].
struct Pieces {
  std::vector<Index> base;
  Index stride = 1, length = 0;
};

// The longest first run of constant stride must repeat to the end; `length` 0 says that it does not.
Pieces equal_pieces(std::span<const LawForm::Element> elements) {
  const auto size = elements.size();
  if (size == 1) return {{elements[0]}, 1, 1};
  Pieces pieces{{}, elements[1] - elements[0], 0};
  std::size_t length = 1;
  while (length < size && elements[length] - elements[length - 1] == pieces.stride) ++length;
  if (size % length != 0) return {};
  for (std::size_t i = 0; i < size; ++i) {
    if (i % length == 0)
      pieces.base.push_back(elements[i]);
    else if (elements[i] - elements[i - 1] != pieces.stride)
      return {};
  }
  pieces.length = static_cast<Index>(length);
  return pieces;
}

// The pieces the other way round: columns of what equal_pieces reads as rows.
Pieces transposed(const Pieces& rows) {
  const Index step = rows.base[1] - rows.base[0];
  for (std::size_t k = 1; k < rows.base.size(); ++k)
    if (rows.base[k] - rows.base[k - 1] != step) return {};
  Pieces columns{{}, step, static_cast<Index>(rows.base.size())};
  for (Index l = 0; l < rows.length; ++l) columns.base.push_back(rows.base[0] + l * rows.stride);
  return columns;
}

constexpr Index kLongRow = 8;  // a contiguous row of this length fills a register: better than columns
constexpr Index kFewestLanes = 4;

// Any cut will do: contiguous rows where they are long, else columns that may become lanes, else contiguous stretches.
void cut_slice(std::span<const LawForm::Element> elements, std::int32_t target, std::vector<Run>& runs) {
  if (elements.empty()) return;
  Pieces pieces = equal_pieces(elements);
  if (pieces.length > 0 && pieces.base.size() > 1 && !(pieces.stride == 1 && pieces.length >= kLongRow)) {
    Pieces columns = transposed(pieces);
    if (columns.length > 0) pieces = std::move(columns);
  }
  if (pieces.length > 0) {
    for (const Index base : pieces.base) runs.push_back({base, pieces.stride, pieces.length, target});
    return;
  }
  for (std::size_t first = 0; first < elements.size();) {
    std::size_t last = first + 1;
    while (last < elements.size() && elements[last] == elements[last - 1] + 1) ++last;
    runs.push_back({elements[first], 1, static_cast<Index>(last - first), target});
    first = last;
  }
}

// Strided runs (and single elements) that begin next to each other become lanes.
Cut gather_lanes(std::vector<Run> runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return std::tie(a.length, a.stride, a.base) < std::tie(b.length, b.stride, b.base);
  });
  Cut cut;
  for (std::size_t first = 0; first < runs.size();) {
    const Run& run = runs[first];
    std::size_t last = first + 1;
    while (last < runs.size() && runs[last].length == run.length && runs[last].stride == run.stride &&
           runs[last].base == runs[last - 1].base + 1)
      ++last;
    const auto count = static_cast<Index>(last - first);
    const bool rows = run.stride == 1 && run.length > 1;
    if (count >= kFewestLanes && !rows) {
      Lanes lanes{run.base, run.stride, run.length, count, {}};
      for (std::size_t i = first; i < last; ++i) lanes.target.push_back(runs[i].target);
      cut.lanes.push_back(std::move(lanes));
    } else {
      cut.runs.insert(cut.runs.end(), runs.begin() + static_cast<std::ptrdiff_t>(first),
                      runs.begin() + static_cast<std::ptrdiff_t>(last));
    }
    first = last;
  }
  return cut;
}

Panel make_panel(const LawForm& form, const std::vector<SliceId>& slices) {
  Panel panel;
  panel.count = static_cast<Index>(slices.size());
  const std::span<const LawForm::Element> first = form.slice(slices[0]);
  Pieces pieces = equal_pieces(first);
  const Index step = form.slice(slices[1])[0] - first[0];
  bool affine = pieces.length > 0 && (pieces.stride == 1 || step == 1);
  for (std::size_t j = 1; j < slices.size() && affine; ++j) {
    const std::span<const LawForm::Element> other = form.slice(slices[j]);
    for (std::size_t l = 0; l < first.size() && affine; ++l)
      affine = other[l] == first[l] + step * static_cast<Index>(j);
  }
  if (affine) {
    panel.length = pieces.length;
    panel.part = std::move(pieces.base);
    panel.slice_stride = step;
    panel.position_stride = pieces.stride;
    return panel;
  }
  panel.length = static_cast<Index>(first.size());
  for (std::size_t l = 0; l < first.size(); ++l)
    for (const SliceId slice : slices) panel.elements.push_back(form.slice(slice)[l]);
  return panel;
}

// Classes of slices that meet in products.
class Classes {
 public:
  explicit Classes(SliceId count) : parent_(static_cast<std::size_t>(count)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  SliceId root(SliceId s) {
    while (parent_[static_cast<std::size_t>(s)] != s) s = parent_[static_cast<std::size_t>(s)];
    return s;
  }
  void join(SliceId a, SliceId b) {
    const auto [low, high] = std::minmax({root(a), root(b)});
    parent_[static_cast<std::size_t>(high)] = low;
  }

 private:
  std::vector<SliceId> parent_;
};

constexpr std::size_t kPanelShare = 8;  // a panel where at least 1/8 of the count² dots of its Gram matrix are products

struct Entry {
  std::int32_t dot;
  double weight;
};

DotWeights side_by_side(const std::vector<std::vector<Entry>>& rows) {
  DotWeights weights;
  for (std::size_t first = 0, end; first < rows.size(); first = end) {
    end = first;
    while (end < rows.size() && rows[end].size() == rows[first].size()) ++end;
    weights.stretches.push_back({static_cast<std::int64_t>(first), static_cast<std::int64_t>(end - first),
                                 static_cast<std::int64_t>(weights.dot.size()), static_cast<int>(rows[first].size())});
    for (std::size_t e = 0; e < rows[first].size(); ++e)
      for (std::size_t c = first; c < end; ++c) {
        weights.dot.push_back(rows[c][e].dot);
        weights.weight.push_back(rows[c][e].weight);
      }
  }
  return weights;
}

}  // namespace

Arrangement arrange(const LawForm& form) {
  Arrangement result;
  Classes classes(form.slices());
  for (const LawForm::Product& product : form.products) classes.join(product.p, product.q);
  std::map<SliceId, std::set<std::pair<SliceId, SliceId>>> products;
  for (const LawForm::Product& product : form.products) products[classes.root(product.p)].emplace(product.p, product.q);

  // dot numbers of a product: {of (p,q), of (q,p)}
  std::map<std::pair<SliceId, SliceId>, std::pair<std::int32_t, std::int32_t>> dot_of;
  result.squared.assign(static_cast<std::size_t>(form.slices()), -1);
  std::vector<char> in_panel(static_cast<std::size_t>(form.slices()), 0);
  std::vector<Run> squares, norms;
  const auto add_square = [&](SliceId slice, std::vector<Run>& runs) {
    std::int32_t& dot = result.squared[static_cast<std::size_t>(slice)];
    if (dot >= 0) return;
    dot = result.dots++;
    cut_slice(form.slice(slice), dot, runs);
    dot_of[{slice, slice}] = {dot, dot};
  };

  for (const auto& [root, list] : products) {
    std::set<SliceId> members;
    for (const auto& [p, q] : list) members.insert({p, q});
    std::vector<SliceId> slices(members.begin(), members.end());
    std::stable_sort(slices.begin(), slices.end(),
                     [&](SliceId a, SliceId b) { return form.slice(a)[0] < form.slice(b)[0]; });
    if (slices.size() > 1 && list.size() * kPanelShare >= slices.size() * slices.size()) {
      Panel panel = make_panel(form, slices);
      panel.dot = result.dots;
      const auto count = static_cast<std::int32_t>(slices.size());
      for (const SliceId slice : slices) in_panel[static_cast<std::size_t>(slice)] = 1;
      result.dots += count * count;
      for (std::int32_t i = 0; i < count; ++i)
        for (std::int32_t j = i; j < count; ++j) {
          const std::pair<SliceId, SliceId> key =
              std::minmax({slices[static_cast<std::size_t>(i)], slices[static_cast<std::size_t>(j)]});
          dot_of[key] = {panel.dot + i * count + j, panel.dot + j * count + i};
          if (i == j) result.squared[static_cast<std::size_t>(key.first)] = dot_of[key].first;
        }
      result.panels.push_back(std::move(panel));
      continue;
    }
    for (const auto& [p, q] : list) {
      if (p == q) {
        add_square(p, squares);
      } else {
        result.pairs.push_back({p, q, result.dots});
        dot_of[{p, q}] = {result.dots, result.dots};
        ++result.dots;
      }
    }
  }
  for (SliceId slice = 0; slice < form.slices(); ++slice) add_square(slice, norms);
  result.squares = gather_lanes(std::move(squares));
  result.norms = gather_lanes(std::move(norms));

  std::vector<Run> sums;
  std::set<SliceId> summed;
  for (const LawForm::Sum& sum : form.sums)
    if (summed.insert(sum.p).second) cut_slice(form.slice(sum.p), sum.p, sums);
  result.sums = gather_lanes(std::move(sums));

  // A panel's slice with itself counts as two halves too, so that its neighbours have as many entries.
  std::vector<std::vector<Entry>> rows;
  for (std::int64_t c = 0; c < form.components(); ++c) {
    std::vector<Entry>& row = rows.emplace_back();
    for (const LawForm::Product& product : form.products_of(c)) {
      const auto [first, second] = dot_of.at({product.p, product.q});
      if (first == second && !in_panel[static_cast<std::size_t>(product.p)]) {
        row.push_back({first, product.coefficient});
      } else {
        row.push_back({first, 0.5 * product.coefficient});
        row.push_back({second, 0.5 * product.coefficient});
      }
    }
  }
  result.weights = side_by_side(rows);
  return result;
}

}  // namespace invar::form_detail
