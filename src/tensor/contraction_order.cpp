#include "tensor/contraction_order.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <utility>

namespace invar {
namespace {

constexpr double kSamples = 64.0;    // what a batched product is taken to be repeated for
constexpr std::size_t kExactly = 8;  // factors of the exact search: 3^8 splits

struct Cost {
  double products = 0.0;
  double intermediates = 0.0;
  friend auto operator<=>(const Cost&, const Cost&) = default;
};

class Product {
 public:
  Product(Graph& graph, std::vector<Operand> factors, std::vector<Label> out, Shape shape, Number scale)
      : graph_(graph), factors_(std::move(factors)), out_(std::move(out)), shape_(std::move(shape)), scale_(scale) {
    for (std::size_t i = 0; i < out_.size(); ++i) extent_[out_[i]] = shape_[i];
    for (const Operand& factor : factors_)
      for (std::size_t i = 0; i < factor.labels.size(); ++i) extent_[factor.labels[i]] = graph_[factor.node].shape[i];
  }

  NodeId build() {
    if (factors_.size() == 1) return graph_.contract(std::move(factors_), out_, shape_, scale_);
    while (factors_.size() > kExactly) join_cheapest_pair();
    for (std::size_t i = 0; i < factors_.size(); ++i) sum_private_labels(i);
    search();
    const auto [left, right] = split_[all()];
    return graph_.contract({operand(left), operand(right)}, out_, shape_, scale_);
  }

 private:
  using Subset = std::size_t;  // bit i: factor i
  Subset all() const { return (Subset{1} << factors_.size()) - 1; }

  std::set<Label> labels(Subset subset) const {
    std::set<Label> result;
    for (std::size_t i = 0; i < factors_.size(); ++i)
      if (subset >> i & 1U) result.insert(factors_[i].labels.begin(), factors_[i].labels.end());
    return result;
  }

  // The labels that the product of a subset must keep: the output's and those of the factors outside.
  std::set<Label> kept(Subset subset) const {
    const std::set<Label> outside = labels(all() & ~subset);
    std::set<Label> result;
    for (const Label label : labels(subset))
      if (outside.contains(label) || std::find(out_.begin(), out_.end(), label) != out_.end()) result.insert(label);
    return result;
  }

  double volume(const std::set<Label>& over) const {
    double product = 1.0;
    for (const Label label : over) product *= static_cast<double>(extent_.at(label));
    return product;
  }

  double repeats(Subset subset) const {
    for (std::size_t i = 0; i < factors_.size(); ++i)
      if (subset >> i & 1U && graph_[factors_[i].node].batched) return kSamples;
    return 1.0;
  }

  // A label that only one factor has and that is summed is summed before anything else: no product then runs over it.
  void sum_private_labels(std::size_t i) {
    const std::set<Label> needed = kept(Subset{1} << i);
    if (needed.size() == labels(Subset{1} << i).size()) return;
    factors_[i] = contracted({factors_[i]}, needed);
  }

  void search() {
    const Subset whole = all();
    std::vector<Cost> best(whole + 1);
    std::vector<std::set<Label>> keep(whole + 1);
    split_.assign(whole + 1, {0, 0});
    for (Subset subset = 1; subset <= whole; ++subset) {
      keep[subset] = kept(subset);
      if (std::has_single_bit(subset)) continue;
      const double times = repeats(subset);
      bool found = false;
      for (Subset left = (subset - 1) & subset; left != 0; left = (left - 1) & subset) {
        const Subset right = subset & ~left;
        if (left < right) continue;  // each split once
        std::set<Label> over = keep[left];
        over.insert(keep[right].begin(), keep[right].end());
        Cost cost{best[left].products + best[right].products + times * volume(over),
                  best[left].intermediates + best[right].intermediates};
        if (subset != whole) cost.intermediates += times * volume(keep[subset]);
        if (found && best[subset] <= cost) continue;
        found = true;
        best[subset] = cost;
        split_[subset] = {right, left};  // the side without the last factor first
      }
    }
  }

  Operand operand(Subset subset) {
    if (std::has_single_bit(subset)) return factors_[static_cast<std::size_t>(std::countr_zero(subset))];
    const auto [left, right] = split_[subset];
    return contracted({operand(left), operand(right)}, kept(subset));
  }

  // Axes of an intermediate: in the order in which the operands have them.
  Operand contracted(std::vector<Operand> operands, const std::set<Label>& keep) {
    Operand result;
    Shape shape;
    for (const Operand& part : operands)
      for (const Label label : part.labels)
        if (keep.contains(label) &&
            std::find(result.labels.begin(), result.labels.end(), label) == result.labels.end()) {
          result.labels.push_back(label);
          shape.push_back(extent_.at(label));
        }
    result.node = graph_.contract(std::move(operands), result.labels, std::move(shape));
    return result;
  }

  void join_cheapest_pair() {
    std::size_t first = 0, second = 1;
    Cost best{-1.0, 0.0};
    for (std::size_t i = 0; i < factors_.size(); ++i)
      for (std::size_t j = i + 1; j < factors_.size(); ++j) {
        const Subset pair = Subset{1} << i | Subset{1} << j;
        // The growth in stored numbers decides, then the work: cheap products that leave large results come last.
        const double growth = repeats(pair) * volume(kept(pair)) -
                              repeats(Subset{1} << i) * volume(kept(Subset{1} << i)) -
                              repeats(Subset{1} << j) * volume(kept(Subset{1} << j));
        const Cost cost{growth, repeats(pair) * volume(labels(pair))};
        if ((i > 0 || j > 1) && best <= cost) continue;
        best = cost;
        first = i;
        second = j;
      }
    const Subset pair = Subset{1} << first | Subset{1} << second;
    const Operand joined = contracted({factors_[first], factors_[second]}, kept(pair));
    factors_.erase(factors_.begin() + static_cast<std::ptrdiff_t>(second));
    factors_[first] = joined;
  }

  Graph& graph_;
  std::vector<Operand> factors_;
  std::vector<Label> out_;
  Shape shape_;
  Number scale_;
  std::map<Label, Index> extent_;
  std::vector<std::pair<Subset, Subset>> split_;  // of each subset, its cheapest two parts
};

}  // namespace

NodeId contract_product(Graph& graph, std::vector<Operand> factors, std::vector<Label> out, Shape out_shape,
                        Number scale) {
  return Product(graph, std::move(factors), std::move(out), std::move(out_shape), scale).build();
}

}  // namespace invar
