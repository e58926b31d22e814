#include "exact/relations.h"

#include <algorithm>
#include <numeric>

#include "error.h"
#include "exact/span.h"

namespace invar::exact {
namespace {

constexpr std::int64_t kMostCoefficient = 256;  // numerator and denominator of a relation's coefficients
constexpr std::size_t kSpareWorlds = 8;         // beyond the symbols that may be related

std::size_t at(std::int32_t n) {
  return static_cast<std::size_t>(n);
}

bool transcendental(Step step) {
  return step == Step::exp || step == Step::log || step == Step::erf || step == Step::cosine;
}

// Of a vector among the members of a basis: none of the coefficients where it is independent of them.
template <class F>
Recipe recipe_of(const std::optional<std::vector<F>>& coefficients, const std::vector<std::int32_t>& members) {
  Recipe recipe;
  recipe.own = !coefficients;
  for (std::size_t i = 0; coefficients && i < coefficients->size(); ++i) {
    if ((*coefficients)[i].zero()) continue;
    const auto fraction = small_fraction((*coefficients)[i], kMostCoefficient);
    if (!fraction) throw InputError("exponentials are related by a number that is no small fraction");
    recipe.terms.push_back({members[i], *fraction});
  }
  return recipe;
}

// Whether a power's denominator had to grow for the coefficient.
bool enlarge(std::int64_t& denominator, const Fraction& coefficient) {
  if (denominator % coefficient.denominator == 0) return false;
  denominator = std::lcm(denominator, coefficient.denominator);
  return true;
}

}  // namespace

template <class F>
Relations<F>::Relations(const Tape& tape, std::vector<Cell> cells, std::uint64_t seed, bool look)
    : setting_(tape, std::move(cells)), look_(look) {
  Random random(seed);
  // Worlds are random points at which relations have to hold: more of them than symbols that may be in one.
  std::size_t worlds = transcendental_steps() * (tape.vocabulary > 0 ? setting_.cells.size() : 1) + kSpareWorlds;
  constexpr int kTries = 40;
  for (int tries = 0; tries < kTries; ++tries) {
    for (PatternRecipes& pattern : setting_.recipes.patterns) {
      std::ranges::fill(pattern.recipes, std::nullopt);
      pattern.members.clear();
    }
    setting_.recipes.item_at.clear();
    known_items_.clear();
    along_samples_ = along_parameters_ = 0;
    try {
      find(worlds, random);
      worlds_.clear();
      return;
    } catch (const Enlarged&) {
      worlds = std::max(worlds, setting_.recipes.items.size() + transcendental_steps() + kSpareWorlds);
    }
  }
  throw InputError("the relations among its exponentials do not settle");
}

template <class F>
std::size_t Relations<F>::transcendental_steps() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      setting_.tape.operations, [](const Operation& operation) { return transcendental(operation.step); }));
}

template <class F>
void Relations<F>::find(std::size_t count, Random& random) {
  worlds_.clear();
  for (std::size_t r = 0; r < count; ++r) worlds_.emplace_back(setting_, random.bits(), true);
  const Tape& tape = setting_.tape;
  for (std::size_t sample = 0; sample < setting_.cells.size(); ++sample)
    for (std::int32_t n = 0; n <= tape.size(); ++n) {
      const bool found = n < tape.size() && transcendental(tape.operations[at(n)].step);
      if (!found && n < tape.size()) continue;
      for (World<F>& world : worlds_)
        if (!world.reach(sample, n))
          throw InputError(
              "its square roots have no common point in the field of the exact check: try fewer tokens or layers");
      if (found) find_step(sample, n);
    }
}

template <class F>
void Relations<F>::find_step(std::size_t sample, std::int32_t n) {
  const Step step = setting_.tape.operations[at(n)].step;
  if (step == Step::erf) return;  // by its argument alone
  std::optional<Recipe>& recipe = setting_.of_sample(sample).recipes[at(n)];
  if (!look_) {
    recipe = Recipe{.own = true, .terms = {}};
    return;
  }
  if (!recipe) recipe = find_recipe(sample, n);
  if (!recipe->own && step != Step::cosine) find_item(sample, n);
}

// By the derivatives along the sample, dz of exponentials and angles, du/u of logarithms.
template <class F>
Recipe Relations<F>::find_recipe(std::size_t sample, std::int32_t n) {
  const Tape& tape = setting_.tape;
  PatternRecipes& pattern = setting_.of_sample(sample);
  const auto column = [&](std::int32_t step) {
    const Operation& one = tape.operations[at(step)];
    std::vector<F> entries;
    for (const World<F>& world : worlds_) {
      const auto& own = world.sample(sample);
      const F& slope = own.values[at(one.a)].along_sample;
      entries.push_back(one.step == Step::log ? slope * own.known[at(one.b)] : slope);
    }
    return entries;
  };
  const std::vector<F> own = column(n);
  if (std::ranges::all_of(own, [](const F& entry) { return entry.zero(); })) return {};  // of θ alone
  const auto is_angle = [&](std::int32_t step) { return tape.operations[at(step)].step == Step::cosine; };
  Basis<F> basis;
  std::vector<std::int32_t> members;
  for (const std::int32_t member : pattern.members) {
    if (is_angle(member) != is_angle(n)) continue;
    members.push_back(member);
    basis.add(column(member));
  }
  if (basis.size() + kSpareWorlds / 2 > worlds_.size()) throw Enlarged{};
  const Recipe recipe = recipe_of(basis.add(own), members);
  if (recipe.own) pattern.members.push_back(n);
  if (!recipe.own) ++along_samples_;
  bool enlarged = false;
  for (const Term& term : recipe.terms) {
    if (tape.operations[at(term.step)].step != Step::log)
      enlarged = enlarge(pattern.denominators[at(term.step)], term.coefficient) || enlarged;
    else if (term.coefficient.denominator != 1)
      throw InputError("a root of what a logarithm is taken of is related to an exponential or another logarithm");
  }
  if (enlarged) throw Enlarged{};
  return recipe;
}

// What is left of a step when its recipe's terms are taken out, a function of θ alone, by its derivative along θ.
template <class F>
void Relations<F>::find_item(std::size_t sample, std::int32_t n) {
  const Tape& tape = setting_.tape;
  const bool logarithm = tape.operations[at(n)].step == Step::log;
  const auto slope_of = [&](const typename World<F>::Sample& own, std::int32_t step) {
    const Operation& one = tape.operations[at(step)];
    const F& slope = own.values[at(one.a)].along_parameters;
    return one.step == Step::log ? slope * own.known[at(one.b)] : slope;
  };
  std::vector<F> values, slopes;
  for (const World<F>& world : worlds_) {
    const auto& own = world.sample(sample);
    F slope = slope_of(own, n);
    for (const Term& term : setting_.of_sample(sample).recipes[at(n)]->terms)
      slope -= F(term.coefficient.numerator) * F(term.coefficient.denominator).inverse() * slope_of(own, term.step);
    values.push_back(world.remainder(sample, n));
    slopes.push_back(slope);
  }
  if (std::ranges::all_of(slopes, [](const F& slope) { return slope.zero(); })) return;  // a number
  const auto [known, fresh] = known_items_.emplace(std::pair{logarithm, values[0].value()}, known_items_.size());
  const std::size_t item = known->second;
  setting_.recipes.item_at[{sample, n}] = item;
  if (!fresh) return;
  if (setting_.recipes.items.size() <= item) setting_.recipes.items.emplace_back();
  setting_.recipes.items[item].logarithm = logarithm;
  add_item(item, slopes);
  for (std::size_t r = 0; r < worlds_.size(); ++r) worlds_[r].item(item, values[r]).slope = slopes[r];
}

template <class F>
void Relations<F>::add_item(std::size_t item, const std::vector<F>& slopes) {
  std::vector<ItemRecipe>& items = setting_.recipes.items;
  Basis<F> basis;
  std::vector<std::int32_t> members;
  for (std::size_t i = 0; i < item; ++i) {
    if (!items[i].recipe.own) continue;
    std::vector<F> column;
    for (const World<F>& world : worlds_) column.push_back(world.item(i).slope);
    members.push_back(static_cast<std::int32_t>(i));
    basis.add(std::move(column));
  }
  if (basis.size() + kSpareWorlds / 2 > worlds_.size()) throw Enlarged{};
  items[item].recipe = recipe_of(basis.add(slopes), members);
  if (!items[item].recipe.own) ++along_parameters_;
  bool enlarged = false;
  for (const Term& term : items[item].recipe.terms) {
    ItemRecipe& other = items[at(term.step)];
    if (!other.logarithm)
      enlarged = enlarge(other.denominator, term.coefficient) || enlarged;
    else if (term.coefficient.denominator != 1)
      throw InputError("functions of the parameters alone are related by a root");
  }
  if (enlarged) throw Enlarged{};
}

template <class F>
std::optional<ExactPoint<F>> Relations<F>::draw(std::uint64_t seed) const {
  World<F> world(setting_, seed, false);
  ExactPoint<F> point;
  for (std::size_t sample = 0; sample < setting_.cells.size(); ++sample) {
    if (!world.reach(sample, setting_.tape.size())) return std::nullopt;
    point.inputs.push_back(world.sample(sample).inputs);
    point.known.push_back(world.sample(sample).known);
  }
  point.parameters = world.parameters();
  return point;
}

template class Relations<Residue<kFirstPrime>>;
template class Relations<Residue<kSecondPrime>>;

}  // namespace invar::exact
