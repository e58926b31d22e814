#include "law/polynomial.h"

#include <algorithm>
#include <map>
#include <set>

#include "law/sub_axes.h"

namespace invar::form_detail {

Index AffinePlace::stride(AxisId axis) const {
  for (const auto& [id, stride] : strides)
    if (id == axis) return stride;
  return 0;
}

void AffinePlace::add_stride(AxisId axis, Index stride) {
  for (auto& [id, known] : strides)
    if (id == axis) {
      known += stride;
      return;
    }
  strides.emplace_back(axis, stride);
}

namespace {

// What a node's expansion is while the sub-axes of all nodes share one numbering.
struct Expansion {
  std::vector<std::vector<AxisId>> axes;
  std::vector<Monomial> terms;
};

class Expander {
 public:
  Expander(const Graph& graph, const std::string& law) : graph_(graph), sub_axes_(law) {}

  Polynomial expand(NodeId node) {
    Expansion expansion = of(node);
    return {sub_axes_.extents(), std::move(expansion.axes), std::move(expansion.terms)};
  }

 private:
  // Strides of a row-major tensor over fresh axes.
  std::pair<std::vector<std::vector<AxisId>>, AffinePlace> row_major(const Shape& shape, Index offset) {
    std::vector<std::vector<AxisId>> axes(shape.size());
    AffinePlace place{offset, {}};
    Index stride = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] != 1) {
        axes[i] = {sub_axes_.new_axis(shape[i])};
        place.add_stride(axes[i][0], stride);
      }
      stride *= shape[i];
    }
    return {std::move(axes), std::move(place)};
  }

  void rename(AffinePlace& place, const Renaming& renaming) const {
    const auto old = std::move(place.strides);
    place.strides.clear();
    for (const auto& [axis, stride] : old) {
      const auto found = renaming.find(axis);
      if (found == renaming.end()) {
        place.add_stride(axis, stride);
        continue;
      }
      Index inner = stride;
      for (std::size_t i = found->second.size(); i-- > 0;) {
        place.add_stride(found->second[i], inner);
        inner *= sub_axes_.extent(found->second[i]);
      }
    }
  }

  void rename(Expansion& expansion, const Renaming& renaming) const {
    const auto rename_list = [&](std::vector<AxisId>& list) {
      std::vector<AxisId> renamed;
      for (const AxisId axis : list) {
        const auto found = renaming.find(axis);
        if (found == renaming.end())
          renamed.push_back(axis);
        else
          renamed.insert(renamed.end(), found->second.begin(), found->second.end());
      }
      list = std::move(renamed);
    };
    for (auto& axis : expansion.axes) rename_list(axis);
    for (Monomial& term : expansion.terms) {
      for (AffinePlace& place : term.parameters) rename(place, renaming);
      for (FrozenFactor& factor : term.frozen) rename(factor.place, renaming);
      rename_list(term.summed);
    }
  }

  // An expansion for one use: all its axes are fresh, so that two uses of a node do not share their sums.
  Expansion use(NodeId node) {
    Expansion expansion = of(node);
    Renaming renaming;
    const auto refresh = [&](const std::vector<AxisId>& list) {
      for (const AxisId axis : list)
        if (!renaming.contains(axis)) renaming[axis] = {sub_axes_.new_axis(sub_axes_.extent(axis))};
    };
    for (const auto& axis : expansion.axes) refresh(axis);
    for (const Monomial& term : expansion.terms) refresh(term.summed);
    rename(expansion, renaming);
    return expansion;
  }

  // The operands of a contraction or combination with one set of sub-axes for each label.
  std::map<Label, std::vector<AxisId>> align(const Node& node, std::vector<Expansion>& operands) {
    std::map<Label, std::set<Index>> at;
    for (std::size_t i = 0; i < operands.size(); ++i)
      for (std::size_t axis = 0; axis < operands[i].axes.size(); ++axis)
        at[node.operands[i].labels[axis]].merge(sub_axes_.cuts(operands[i].axes[axis]));
    std::map<Label, std::vector<AxisId>> axes;
    for (const auto& [label, label_cuts] : at)
      for (const Index piece : sub_axes_.pieces(label_cuts)) axes[label].push_back(sub_axes_.new_axis(piece));
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::vector<Label>& labels = node.operands[i].labels;
      Renaming splits;
      for (std::size_t axis = 0; axis < labels.size(); ++axis)
        sub_axes_.split(operands[i].axes[axis], at[labels[axis]], splits);
      rename(operands[i], splits);
      Renaming unified;
      for (std::size_t axis = 0; axis < labels.size(); ++axis)
        for (std::size_t sub = 0; sub < operands[i].axes[axis].size(); ++sub)
          unified[operands[i].axes[axis][sub]] = {axes[labels[axis]][sub]};
      rename(operands[i], unified);
    }
    for (std::size_t axis = 0; axis < node.labels.size(); ++axis)
      if (!axes.contains(node.labels[axis])) {
        if (node.shape[axis] != 1)
          axes[node.labels[axis]] = {sub_axes_.new_axis(node.shape[axis])};
        else
          axes[node.labels[axis]] = {};
      }
    return axes;
  }

  static bool reads(const Monomial& term, AxisId axis) {
    const auto used = [axis](const AffinePlace& place) {
      return std::any_of(place.strides.begin(), place.strides.end(), [axis](const auto& s) { return s.first == axis; });
    };
    return std::any_of(term.parameters.begin(), term.parameters.end(), used) ||
           std::any_of(term.frozen.begin(), term.frozen.end(), [&](const FrozenFactor& f) { return used(f.place); });
  }

  Expansion contraction(const Node& node) {
    std::vector<Expansion> operands;
    for (const Operand& operand : node.operands) operands.push_back(use(operand.node));
    const std::map<Label, std::vector<AxisId>> axes = align(node, operands);
    Expansion result;
    for (const Label label : node.labels) result.axes.push_back(axes.at(label));
    std::vector<AxisId> summed;
    for (const auto& [label, list] : axes)
      if (std::find(node.labels.begin(), node.labels.end(), label) == node.labels.end())
        summed.insert(summed.end(), list.begin(), list.end());

    Expansion one;
    one.terms.emplace_back();
    const Expansion& second = operands.size() == 2 ? operands[1] : one;
    for (const Monomial& a : operands[0].terms)
      for (const Monomial& b : second.terms) {
        Monomial product = a;
        product.coefficient *= b.coefficient * node.coefficients[0];
        product.parameters.insert(product.parameters.end(), b.parameters.begin(), b.parameters.end());
        product.frozen.insert(product.frozen.end(), b.frozen.begin(), b.frozen.end());
        product.summed.insert(product.summed.end(), b.summed.begin(), b.summed.end());
        if (product.parameters.size() > 2) sub_axes_.fail("is of degree above 2 in the parameters");
        for (const AxisId axis : summed) {
          if (reads(product, axis))
            product.summed.push_back(axis);
          else
            product.coefficient *= static_cast<double>(sub_axes_.extent(axis));
        }
        result.terms.push_back(std::move(product));
      }
    return result;
  }

  Expansion combination(const Node& node) {
    std::vector<Expansion> operands;
    for (const Operand& operand : node.operands) operands.push_back(use(operand.node));
    const std::map<Label, std::vector<AxisId>> axes = align(node, operands);
    Expansion result;
    for (const Label label : node.labels) result.axes.push_back(axes.at(label));
    for (std::size_t i = 0; i < operands.size(); ++i)
      for (Monomial& term : operands[i].terms) {
        term.coefficient *= node.coefficients[i];
        result.terms.push_back(std::move(term));
      }
    if (node.coefficients.back() != 0.0) {
      result.terms.emplace_back();
      result.terms.back().coefficient = node.coefficients.back();
    }
    return result;
  }

  Expansion reshaped(const Node& node) {
    Expansion result = use(node.operands[0].node);
    std::vector<AxisId> flat;
    for (const auto& axis : result.axes) flat.insert(flat.end(), axis.begin(), axis.end());
    std::set<Index> at = sub_axes_.cuts(flat);
    Index product = 1;
    for (std::size_t i = node.shape.size(); i-- > 0;) at.insert(product *= node.shape[i]);
    at.erase(1);
    Renaming renaming;
    sub_axes_.split(flat, at, renaming);
    rename(result, renaming);
    flat.clear();
    for (const auto& axis : result.axes) flat.insert(flat.end(), axis.begin(), axis.end());
    result.axes.assign(node.shape.size(), {});
    std::size_t next = flat.size();
    for (std::size_t i = node.shape.size(); i-- > 0;) {
      Index filled = 1;
      while (filled < node.shape[i]) {
        result.axes[i].insert(result.axes[i].begin(), flat[--next]);
        filled *= sub_axes_.extent(flat[next]);
      }
      if (filled != node.shape[i]) sub_axes_.fail("regroups an index in a way that is no split or join of indices");
    }
    return result;
  }

  Expansion leaf(const Node& node) {
    Expansion result;
    Monomial term;
    if (node.op == Op::variable) {
      auto [axes, place] = row_major(node.shape, node.offset);
      result.axes = std::move(axes);
      term.parameters.push_back(std::move(place));
    } else {
      auto [axes, place] = row_major(node.shape, 0);
      result.axes = std::move(axes);
      const std::vector<double>& values = *node.values;
      const bool uniform = std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
      if (uniform)
        term.coefficient = values.empty() ? 0.0 : values[0];
      else
        term.frozen.push_back({node.values, std::move(place)});
    }
    result.terms.push_back(std::move(term));
    return result;
  }

  Expansion of(NodeId id) {
    const auto known = known_.find(id);
    if (known != known_.end()) return known->second;
    const Node& node = graph_[id];
    Expansion expansion;
    if (node.batched) sub_axes_.fail("depends on the sample, not on the parameters alone");
    switch (node.op) {
      case Op::variable:
        if (node.slot != 0) sub_axes_.fail("reads a direction, not the parameters");
        expansion = leaf(node);
        break;
      case Op::constant:
        expansion = leaf(node);
        break;
      case Op::contract:
        expansion = contraction(node);
        break;
      case Op::combine:
        expansion = combination(node);
        break;
      case Op::reshape:
        expansion = reshaped(node);
        break;
      default:
        sub_axes_.fail("is no polynomial: it applies a function to the parameters");
    }
    return known_.emplace(id, std::move(expansion)).first->second;
  }

  const Graph& graph_;
  SubAxes sub_axes_;
  std::map<NodeId, Expansion> known_;
};

}  // namespace

Polynomial polynomial_of(const Graph& graph, NodeId node, const std::string& law) {
  return Expander(graph, law).expand(node);
}

}  // namespace invar::form_detail
