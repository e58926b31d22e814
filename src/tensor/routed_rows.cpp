#include "tensor/routed_rows.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "tensor/patterns.h"
#include "tensor/plan_order.h"
#include "tensor/rebuild.h"

namespace invar {
namespace {

using Labels = std::vector<Label>;

// Labels that no node has: of kept rows, and of tokens or pairs as one axis.
constexpr Label kRow = 30000, kPlace = 30001;

// Integers are stored in the format of the values: float holds them up to here.
constexpr Index kMostPairs = Index{1} << 24;

bool has(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool distinct(Labels labels) {
  std::sort(labels.begin(), labels.end());
  return std::adjacent_find(labels.begin(), labels.end()) == labels.end();
}

/// A mask's labels in a product: those of the tokens, in the mask's order, and the expert's.
struct RouteLabels {
  NodeId mask;
  Labels tokens;
  Label expert;

  Labels pair() const {
    Labels result = tokens;
    result.push_back(expert);
    return result;
  }
  bool contains(Label label) const { return label == expert || has(tokens, label); }
};

class Router {
 public:
  Router(const Graph& from, const std::vector<Request>& requests)
      : from_(from),
        requests_(requests),
        patterns_(find_patterns(from, requests, [this](NodeId id) { return pattern_of(id); })),
        routed_(static_cast<std::size_t>(from.size())),
        whole_(static_cast<std::size_t>(from.size()), kNoNode),
        rows_(static_cast<std::size_t>(from.size()), kNoNode) {}

  GraphWithRequests run() {
    const std::vector<char> needed = needed_nodes(from_, requests_);
    for (NodeId id = 0; id < from_.size(); ++id)
      if (needed[at(id)]) routed_[at(id)] = routed(id);
    for (NodeId id = 0; id < from_.size(); ++id)
      if (needed[at(id)]) routed_[at(id)] ? rows(id) : whole(id);
    std::vector<Request> requests = requests_;
    for (Request& request : requests)
      if (request.node != kNoNode) request.node = whole(request.node);
    return {std::move(to_), std::move(requests)};
  }

 private:
  static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }

  std::optional<Pattern> pattern_of(NodeId id) const {
    const Node& node = from_[id];
    const NodeId mask = node.op == Op::top_k ? id : node.operands.size() == 2 ? node.operands[1].node : kNoNode;
    if (mask == kNoNode || from_[mask].op != Op::top_k) return std::nullopt;
    const Node& chosen = from_[mask];
    if (chosen.k >= chosen.shape[at(static_cast<NodeId>(chosen.axis))] || extent_product(chosen.shape) > kMostPairs)
      return std::nullopt;
    Pattern result{mask, std::vector<std::size_t>(chosen.shape.size())};
    std::iota(result.axes.begin(), result.axes.end(), std::size_t{0});
    return result;
  }

  /// An elementwise function's operand has no labels of its own: axis i is i.
  Labels labels_of(NodeId id) const {
    const Node& node = from_[id];
    return node.op == Op::apply ? from_.whole(id).labels : node.labels;
  }
  Labels labels_of(NodeId id, const Operand& use) const {
    return from_[id].op == Op::apply ? from_.whole(use.node).labels : use.labels;
  }

  RouteLabels in_labels(const Pattern& pattern, const Labels& labels) const {
    RouteLabels result{pattern.mask, {}, 0};
    for (std::size_t axis = 0; axis < pattern.axes.size(); ++axis) {
      const Label label = labels[pattern.axes[axis]];
      if (static_cast<Index>(axis) == from_[pattern.mask].axis)
        result.expert = label;
      else
        result.tokens.push_back(label);
    }
    return result;
  }

  /// Whether the operand is routed by these very labels.
  bool matches(const Operand& use, const Labels& labels, const RouteLabels& route) const {
    const std::optional<Pattern>& pattern = routed_[at(use.node)];
    if (!pattern || pattern->mask != route.mask) return false;
    const RouteLabels own = in_labels(*pattern, labels);
    return own.tokens == route.tokens && own.expert == route.expert;
  }

  bool plain_labels(NodeId id) const {
    for (const Operand& use : from_[id].operands)
      if (!distinct(use.labels)) return false;
    return from_[id].operands.size() <= 2 && one_hot_operand(from_, id) < 0;
  }

  /// The pattern whose rows alone are computed of a node.
  std::optional<Pattern> routed(NodeId id) const {
    const Node& node = from_[id];
    const std::optional<Pattern>& pattern = patterns_.zero[at(id)] ? patterns_.zero[at(id)] : patterns_.wanted[at(id)];
    if (!pattern || (node.op != Op::contract && node.op != Op::combine && node.op != Op::apply)) return std::nullopt;
    if (node.op == Op::contract && !plain_labels(id)) return std::nullopt;
    const Index pairs = extent_product(from_[pattern->mask].shape);
    if (extent_product(node.shape) > pairs) return pattern;
    // Of a number for each pair, only one that is summed from longer rows is worth it.
    if (node.op != Op::contract) return std::nullopt;
    const RouteLabels route = in_labels(*pattern, node.labels);
    for (const Operand& use : node.operands)
      if (matches(use, use.labels, route) && extent_product(from_[use.node].shape) > pairs) return pattern;
    return std::nullopt;
  }

  // The new graph.

  enum class Which : std::uint8_t { tokens, experts, pairs };
  NodeId numbers(NodeId mask, Which which) {
    const Node& node = from_[mask];
    const Index experts = node.shape[at(static_cast<NodeId>(node.axis))], tokens = extent_product(node.shape) / experts;
    Operand use = from_.whole(mask);
    Labels last = use.labels;
    std::rotate(last.begin() + node.axis, last.begin() + node.axis + 1, last.end());
    const NodeId in_order = rearranged({whole(mask), use.labels}, last);
    return to_.routes(to_.reshape(in_order, {tokens, experts}), node.k, static_cast<int>(which));
  }
  /// Labels: row, place.
  NodeId choice(NodeId mask, Which which) {
    const Node& node = from_[mask];
    const Index pairs = extent_product(node.shape), experts = node.shape[at(static_cast<NodeId>(node.axis))];
    return to_.one_hot(numbers(mask, which), which == Which::pairs     ? pairs
                                             : which == Which::experts ? experts
                                                                       : pairs / experts);
  }
  Index row_count(NodeId mask) const {
    const Node& node = from_[mask];
    return extent_product(node.shape) / node.shape[at(static_cast<NodeId>(node.axis))] * node.k;
  }

  Shape extents(const Labels& labels) const {
    Shape result;
    for (const Label label : labels) result.push_back(extents_.at(label));
    return result;
  }
  void see(const Labels& labels, const Shape& shape) {
    for (std::size_t axis = 0; axis < labels.size(); ++axis) extents_[labels[axis]] = shape[axis];
  }

  /// The operand with these labels in this order; those that it lacks are broadcast.
  NodeId rearranged(const Operand& use, const Labels& labels) {
    if (use.labels == labels) return use.node;
    Shape shape;
    for (const Label label : labels) {
      const auto place = std::find(use.labels.begin(), use.labels.end(), label);
      shape.push_back(place == use.labels.end()
                          ? extents_.at(label)
                          : to_[use.node].shape[static_cast<std::size_t>(place - use.labels.begin())]);
    }
    return to_.contract({use}, labels, std::move(shape));
  }

  static Labels without(const Labels& labels, const RouteLabels& route) {
    Labels result;
    for (const Label label : labels)
      if (!route.contains(label)) result.push_back(label);
    return result;
  }

  static Labels joined(Labels first, const Labels& last) {
    first.insert(first.end(), last.begin(), last.end());
    return first;
  }

  /// The kept rows of a value over `first` (the tokens, or the pairs) and further labels.
  Operand gathered(const Operand& use, const Labels& first, const RouteLabels& route, Which which) {
    const Labels rest = without(use.labels, route);
    const NodeId ordered = rearranged(use, joined(first, rest));
    Shape shape = extents(rest);
    shape.insert(shape.begin(), extent_product(extents(first)));
    const NodeId places = to_.reshape(ordered, shape);
    shape.front() = row_count(route.mask);
    const Labels labels = joined({kRow}, rest);
    return {
        to_.contract({{choice(route.mask, which), {kRow, kPlace}}, {places, joined({kPlace}, rest)}}, labels, shape),
        labels};
  }

  /// An operand as rows, or as it is where it has no token; `by_expert`: it may keep the expert's label then.
  Operand as_rows(const Operand& use, const Labels& labels, const RouteLabels& route, bool by_expert) {
    if (matches(use, labels, route)) return {rows(use.node), joined({kRow}, without(labels, route))};
    const Operand all{whole(use.node), labels};
    const bool expert = has(labels, route.expert);
    const bool token = std::any_of(labels.begin(), labels.end(), [&](Label label) { return has(route.tokens, label); });
    if (token) return gathered(all, expert ? route.pair() : route.tokens, route, expert ? Which::pairs : Which::tokens);
    if (!expert || by_expert) return all;
    return gathered(all, {route.expert}, route, Which::experts);
  }

  /// What `rows` [row, …] are in all places of `first` and the labels `rest`: the sum of the rows that belong there.
  Operand scattered(const Operand& rows, const Labels& first, const RouteLabels& route, Which which) {
    const Labels rest(rows.labels.begin() + 1, rows.labels.end());
    Shape shape = extents(rest);
    shape.insert(shape.begin(), extent_product(extents(first)));
    const NodeId places =
        to_.contract({{choice(route.mask, which), {kRow, kPlace}}, rows}, joined({kPlace}, rest), shape);
    return {to_.reshape(places, extents(joined(first, rest))), joined(first, rest)};
  }

  /// Made when it is first asked for: of a value that is only wanted where a mask is 1, the mask may come later.
  NodeId whole(NodeId id) {
    if (whole_[at(id)] == kNoNode) {
      const std::map<Label, Index> outside = std::exchange(extents_, {});
      whole_[at(id)] = routed_[at(id)] ? all_of_rows(id) : make_whole(id);
      extents_ = outside;
    }
    return whole_[at(id)];
  }
  NodeId rows(NodeId id) {
    if (rows_[at(id)] == kNoNode) {
      const std::map<Label, Index> outside = std::exchange(extents_, {});
      rows_[at(id)] = make_rows(id);
      extents_ = outside;
    }
    return rows_[at(id)];
  }

  NodeId all_of_rows(NodeId id) {
    const Labels labels = from_.whole(id).labels;
    see(labels, from_[id].shape);
    const RouteLabels route = in_labels(*routed_[at(id)], labels);
    const Operand kept{rows(id), joined({kRow}, without(labels, route))};
    return rearranged(scattered(kept, route.pair(), route, Which::pairs), labels);
  }

  void see_all(NodeId id) {
    see(labels_of(id), from_[id].shape);
    for (const Operand& use : from_[id].operands) see(labels_of(id, use), from_[use.node].shape);
  }

  NodeId make_rows(NodeId id) {
    const Node& node = from_[id];
    see_all(id);
    const Labels labels = labels_of(id);
    const RouteLabels route = in_labels(*routed_[at(id)], labels);
    if (node.op == Op::contract) return product(id, route).node;
    std::vector<Operand> uses;
    for (const Operand& use : node.operands) uses.push_back(as_rows(use, labels_of(id, use), route, false));
    if (node.op == Op::apply) return to_.apply(node.function, uses[0].node);
    const Labels out = joined({kRow}, without(labels, route));
    Shape shape = extents(without(labels, route));
    shape.insert(shape.begin(), row_count(route.mask));
    std::vector<Number> factors(node.coefficients.begin(), node.coefficients.end() - 1);
    return to_.combine(std::move(uses), std::move(factors), out, std::move(shape), node.coefficients.back());
  }

  /// The rows of a product, before anything is summed over tokens or experts.
  Operand product(NodeId id, const RouteLabels& route) {
    const Node& node = from_[id];
    const Labels rest = without(node.labels, route), out = joined({kRow}, rest);
    Shape shape = extents(rest);
    shape.insert(shape.begin(), row_count(route.mask));
    std::vector<Operand> uses;
    for (const Operand& use : node.operands) uses.push_back(as_rows(use, use.labels, route, true));
    const auto weights = [&](const Operand& use) { return has(use.labels, route.expert); };
    const auto has_rows = [&](const Operand& use) { return has(use.labels, kRow); };
    const auto sums = [&](const Operand& use) {
      return std::any_of(use.labels.begin(), use.labels.end(),
                         [&](Label label) { return label != route.expert && !has(out, label); });
    };
    if (uses.size() == 2 && !has_rows(uses[0])) std::swap(uses[0], uses[1]);
    if (uses.size() == 2 && has_rows(uses[0]) && weights(uses[1]) && sums(uses[1])) {
      uses.push_back({choice(route.mask, Which::experts), {kRow, route.expert}});
    } else {
      for (Operand& use : uses)
        if (weights(use)) use = gathered(use, {route.expert}, route, Which::experts);
    }
    return {to_.contract(std::move(uses), out, std::move(shape), node.coefficients[0]), out};
  }

  /// The operand of a product whose rows are all that counts in it.
  const Operand* routed_operand(NodeId id) const {
    const Node& node = from_[id];
    if (node.op != Op::contract || !plain_labels(id)) return nullptr;
    for (const Operand& use : node.operands) {
      if (!routed_[at(use.node)]) continue;
      const RouteLabels route = in_labels(*routed_[at(use.node)], use.labels);
      for (const Operand& other : node.operands) {  // one of them is zero elsewhere, so the product is
        const std::optional<Pattern>& zero = patterns_.zero[at(other.node)];
        if (!zero || zero->mask != route.mask) continue;
        const RouteLabels where = in_labels(*zero, other.labels);
        if (where.tokens == route.tokens && where.expert == route.expert) return &use;
      }
    }
    return nullptr;
  }

  /// A product that sums over tokens or experts, from kept rows.
  NodeId sum_of_rows(NodeId id, const RouteLabels& route) {
    const Node& node = from_[id];
    const bool expert = has(node.labels, route.expert);
    const auto kept =
        std::count_if(route.tokens.begin(), route.tokens.end(), [&](Label label) { return has(node.labels, label); });
    if (expert && kept == 0 && node.operands.size() == 2) {
      std::vector<Operand> uses;
      for (const Operand& use : node.operands) uses.push_back(as_rows(use, use.labels, route, true));
      if (has(uses[0].labels, kRow) && has(uses[1].labels, kRow)) {
        uses.push_back({choice(route.mask, Which::experts), {kRow, route.expert}});
        return to_.contract(std::move(uses), node.labels, node.shape, node.coefficients[0]);
      }
    }
    const Operand kept_rows = product(id, route);
    if (expert && kept == 0)
      return rearranged(scattered(kept_rows, {route.expert}, route, Which::experts), node.labels);
    if (!expert && kept == static_cast<std::ptrdiff_t>(route.tokens.size()))
      return rearranged(scattered(kept_rows, route.tokens, route, Which::tokens), node.labels);
    const Operand all = expert || kept > 0 ? scattered(kept_rows, route.pair(), route, Which::pairs) : kept_rows;
    return to_.contract({all}, node.labels, node.shape);
  }

  NodeId make_whole(NodeId id) {
    if (const Operand* use = routed_operand(id)) {
      see_all(id);
      return sum_of_rows(id, in_labels(*routed_[at(use->node)], use->labels));
    }
    std::vector<NodeId> operands;
    for (const Operand& use : from_[id].operands) operands.push_back(whole(use.node));
    return to_.like(from_[id], operands);
  }

  const Graph& from_;
  const std::vector<Request>& requests_;
  Patterns patterns_;
  std::vector<std::optional<Pattern>> routed_;  // of each old node: whose rows alone are computed
  Graph to_;
  std::vector<NodeId> whole_, rows_;  // of each old node, the new ones, made when they are asked for
  std::map<Label, Index> extents_;    // of the old node in work
};

}  // namespace

GraphWithRequests with_routed_rows(const Graph& graph, const std::vector<Request>& requests) {
  return Router(graph, requests).run();
}

}  // namespace invar
