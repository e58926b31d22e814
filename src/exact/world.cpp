#include "exact/world.h"

#include <optional>

#include "error.h"
#include "exact/frequencies.h"

namespace invar::exact {
namespace {

constexpr std::int64_t kConstantDenominator = 5040;  // of exponents that are numbers
constexpr int kMostDraws = 4096;                     // of one sample's inputs, for its roots

std::size_t at(std::int32_t n) {
  return static_cast<std::size_t>(n);
}

std::vector<std::set<std::int32_t>> inputs_of_roots(const Tape& tape) {
  std::vector<std::set<std::int32_t>> uses(tape.operations.size());
  for (std::int32_t n = 0; n < tape.size(); ++n) {
    const Operation& operation = tape.operations[at(n)];
    std::set<std::int32_t>& own = uses[at(n)];
    if (operation.step == Step::input) own.insert(operation.a);
    if (operation.step == Step::add || operation.step == Step::multiply) own = uses[at(operation.b)];
    if (operation.step >= Step::add && operation.step != Step::outcome)
      own.insert(uses[at(operation.a)].begin(), uses[at(operation.a)].end());
  }
  for (std::int32_t n = 0; n < tape.size(); ++n)
    if (tape.operations[at(n)].step != Step::root) uses[at(n)].clear();
  return uses;
}

}  // namespace

Setting::Setting(const Tape& of, std::vector<Cell> all)
    : tape(of), cells(std::move(all)), root_inputs(inputs_of_roots(of)) {
  std::map<std::vector<bool>, std::size_t> known;
  for (const Cell& cell : cells) {
    const auto [pattern, fresh] = known.emplace(cell.outcomes, recipes.patterns.size());
    recipes.pattern_of.push_back(pattern->second);
    if (!fresh) continue;
    recipes.patterns.push_back({.recipes = std::vector<std::optional<Recipe>>(tape.operations.size()),
                                .denominators = std::vector<std::int64_t>(tape.operations.size(), 1),
                                .members = {}});
  }
}

template <class F>
World<F>::World(const Setting& setting, std::uint64_t seed, bool moves)
    : setting_(setting), tape_(setting.tape), random_(seed) {
  const auto vector = [&](std::size_t count, bool drawn) {
    return drawn ? random_.template residues<F>(count) : std::vector<F>(count);
  };
  parameters_ = vector(at(tape_.parameters), true);
  directions_ = vector(at(tape_.parameters), moves);
  constants_ = constant_values<F>(tape_, random_);
  unit_ = random_.template residue<F>();
  for (const Cell& cell : setting.cells) {
    Sample sample;
    sample.inputs = vector(at(tape_.inputs), cell.chosen.empty());
    for (std::size_t i = 0; i < cell.chosen.size(); ++i) sample.inputs[i] = F(cell.chosen[i]);
    sample.directions = vector(at(tape_.inputs), moves && cell.chosen.empty());
    sample.known.resize(tape_.operations.size());
    sample.values.resize(tape_.operations.size());
    sample.symbols = vector(tape_.operations.size(), true);
    samples_.push_back(std::move(sample));
  }
}

// New inputs for those that the failed root depends on and no earlier one, if there are such, else for all that it
// depends on.
template <class F>
bool World<F>::redraw(std::size_t sample, std::int32_t root) {
  Sample& own = samples_[sample];
  if (!setting_.cells[sample].chosen.empty()) return false;
  const std::set<std::int32_t>& fresh = setting_.root_inputs[at(root)];
  if (fresh.empty()) return false;
  std::set<std::int32_t> left = fresh;
  for (std::int32_t n = 0; n < root; ++n)
    for (const std::int32_t input : setting_.root_inputs[at(n)]) left.erase(input);
  for (const std::int32_t input : left.empty() ? fresh : left) own.inputs[at(input)] = random_.template residue<F>();
  own.done = 0;
  return true;
}

template <class F>
bool World<F>::reach(std::size_t sample, std::int32_t until) {
  Sample& own = samples_[sample];
  const F half = F(2).inverse();
  int draws = 0;
  std::vector<Path<F>> parameters, inputs;
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters.emplace_back(parameters_[i], F(0), directions_[i]);
  const auto moving_inputs = [&] {
    inputs.clear();
    for (std::size_t i = 0; i < own.inputs.size(); ++i) inputs.emplace_back(own.inputs[i], own.directions[i], F(0));
  };
  moving_inputs();
  while (own.done < until) {
    const std::int32_t n = own.done;
    const Operation& operation = tape_.operations[at(n)];
    F& known = own.known[at(n)];
    const auto value = [&](std::int32_t step) { return own.values[at(step)].real; };
    bool redrawn = false;
    switch (operation.step) {
      case Step::constant:
        known = constants_[at(operation.a)];
        break;
      case Step::outcome:
        known = F(setting_.cells[sample].outcomes[at(n)] ? 1 : 0);
        break;
      case Step::inverse:
        if (value(operation.a).zero()) throw InputError("it divides by a number that is zero whatever its parameters");
        known = value(operation.a).inverse();
        break;
      case Step::root: {
        const std::optional<F> root = value(operation.a).root();
        if (!root) {
          if (++draws > kMostDraws || !redraw(sample, n)) return false;
          moving_inputs();
          redrawn = true;
          break;
        }
        known = *root;
        own.known[at(operation.b)] = root->inverse();
        break;
      }
      case Step::exp:
      case Step::log:
      case Step::erf:
      case Step::cosine:  // and with it its sine, the next step
        known = symbol(sample, n);
        break;
      default:
        break;
    }
    if (redrawn) continue;
    own.values[at(n)] = value_of_step<Path<F>, F>(tape_, n, own.values, own.known, parameters, inputs, half);
    own.done = n + 1;
  }
  return true;
}

template <class F>
typename World<F>::Item& World<F>::item(std::size_t index, const F& value) {
  if (items_.size() <= index) items_.resize(index + 1);
  Item& own = items_[index];
  if (!own.met) own = {true, value, F(0), random_.template residue<F>()};
  return own;
}

// Of n z_i, or of m log u_i.
template <class F>
F World<F>::multiple(std::size_t sample, const Term& term) const {
  const Sample& own = samples_[sample];
  const Operation& other = tape_.operations[at(term.step)];
  const F coefficient = F(term.coefficient.numerator) * F(term.coefficient.denominator).inverse();
  return coefficient * (other.step == Step::log ? own.known[at(term.step)] : own.values[at(other.a)].real);
}

// e to that, or its reciprocal: a power of the exponential's symbol, or of what the logarithm is taken of.
template <class F>
F World<F>::power(std::size_t sample, const Term& term, std::int64_t sign) const {
  const Sample& own = samples_[sample];
  const Operation& other = tape_.operations[at(term.step)];
  const auto [numerator, denominator] = term.coefficient;
  if (other.step == Step::log) return own.values[at(other.a)].real.signed_power(sign * numerator);
  const std::int64_t whole = setting_.of_sample(sample).denominators[at(term.step)] / denominator;
  return own.symbols[at(term.step)].signed_power(sign * numerator * whole);
}

template <class F>
F World<F>::remainder(std::size_t sample, std::int32_t n) const {
  const Operation& operation = tape_.operations[at(n)];
  F rest = samples_[sample].values[at(operation.a)].real;
  for (const Term& term : setting_.of_sample(sample).recipes[at(n)]->terms) {
    if (operation.step == Step::log)
      rest *= power(sample, term, -1);
    else
      rest -= multiple(sample, term);
  }
  return rest;
}

template <class F>
F World<F>::symbol(std::size_t sample, std::int32_t n) {
  auto& own = samples_[sample];
  const PatternRecipes& pattern = setting_.of_sample(sample);
  const Operation& operation = tape_.operations[at(n)];
  if (operation.step == Step::erf) {  // odd
    const F& z = own.values[at(operation.a)].real;
    if (z.zero()) return F(0);
    if (const auto found = errors_.find((-z).value()); found != errors_.end()) return -found->second;
    return errors_.emplace(z.value(), own.symbols[at(n)]).first->second;
  }
  if (operation.step == Step::cosine) return circle(sample, n);
  const Recipe& recipe = *pattern.recipes[at(n)];
  const bool logarithm = operation.step == Step::log;
  if (recipe.own)
    return logarithm ? own.symbols[at(n)]
                     : own.symbols[at(n)].power(static_cast<std::uint64_t>(pattern.denominators[at(n)]));
  const F rest = remainder(sample, n);
  const auto item = setting_.recipes.item_at.find({sample, n});
  F result = item != setting_.recipes.item_at.end() ? of_item(item->second, rest)
             : logarithm                            ? constant_logarithm(rest)
                                                    : constant_exponential(rest);
  for (const Term& term : recipe.terms) {
    if (logarithm)
      result += multiple(sample, term);
    else
      result *= power(sample, term, 1);
  }
  return result;
}

template <class F>
F World<F>::of_item(std::size_t index, const F& value) {
  const ItemRecipe& kind = setting_.recipes.items[index];
  const Item own = item(index, value);
  if (kind.recipe.own)
    return kind.logarithm ? own.symbol : own.symbol.power(static_cast<std::uint64_t>(kind.denominator));
  // value − Σ n g_i − Σ m log g_i is a number; of a logarithm value Π e^(−n g_i) Π g_i^(−m).
  F sum(0), product(1);
  for (const Term& term : kind.recipe.terms) {
    const Item& other = items_[at(term.step)];
    const ItemRecipe& other_kind = setting_.recipes.items[at(term.step)];
    const auto [numerator, denominator] = term.coefficient;
    const F coefficient = F(numerator) * F(denominator).inverse();
    sum += coefficient * (other_kind.logarithm ? other.symbol : other.value);
    product *= other_kind.logarithm ? other.value.signed_power(numerator)
                                    : other.symbol.signed_power(numerator * (other_kind.denominator / denominator));
  }
  return kind.logarithm ? sum + constant_logarithm(own.value * product.inverse())
                        : product * constant_exponential(own.value - sum);
}

template <class F>
F World<F>::constant_exponential(const F& exponent) const {
  if (exponent.zero()) return F(1);
  const auto fraction = small_fraction(exponent, kConstantDenominator);
  if (!fraction || kConstantDenominator % fraction->denominator != 0)
    throw InputError("an exponential of a number that is no small fraction");
  return unit_.signed_power(fraction->numerator * (kConstantDenominator / fraction->denominator));
}

// By the prime numbers in it.
template <class F>
F World<F>::constant_logarithm(const F& number) {
  const auto fraction = small_fraction(number, kConstantDenominator);
  if (!fraction || fraction->numerator <= 0)
    throw InputError("a logarithm of a number that is no small fraction above 0");
  F sum(0);
  for (auto [n, sign] : {std::pair{fraction->numerator, F(1)}, {fraction->denominator, F(-1)}})
    for (std::int64_t p = 2; n > 1; ++p)
      for (; n % p == 0; n /= p) {
        const auto [found, fresh] = logarithms_.emplace(p, F(0));
        if (fresh) found->second = random_.template residue<F>();
        sum += sign * found->second;
      }
  return sum;
}

// The cosine of an angle, whose sine becomes known too: a point of its own, or turned by the angles before it.
template <class F>
F World<F>::circle(std::size_t sample, std::int32_t n) {
  auto& own = samples_[sample];
  const PatternRecipes& pattern = setting_.of_sample(sample);
  const Operation& operation = tape_.operations[at(n)];
  const Recipe& recipe = *pattern.recipes[at(n)];
  const F& z = own.values[at(operation.a)].real;
  std::pair<F, F> point;  // (sine, cosine)
  if (recipe.own) {
    point = circle_point(own.symbols[at(n)], pattern.denominators[at(n)]);
  } else if (recipe.terms.empty()) {
    if (z.zero()) {
      point = {F(0), F(1)};
    } else if (const auto back = angles_.find((-z).value()); back != angles_.end()) {
      point = {-back->second.first, back->second.second};
    } else {
      const auto [found, fresh] = angles_.emplace(z.value(), std::pair<F, F>{});
      if (fresh) found->second = circle_point(random_.template residue<F>(), 1);
      point = found->second;
    }
  } else {
    point = {F(0), F(1)};
    for (const Term& term : recipe.terms) {
      const auto [numerator, denominator] = term.coefficient;
      const std::int64_t turns = numerator * (pattern.denominators[at(term.step)] / denominator);
      point = turned(point, circle_point(own.symbols[at(term.step)], turns));
    }
    if (!remainder(sample, n).zero()) throw InputError("angles that differ by a function of the parameters");
  }
  own.known[at(operation.b)] = point.first;
  return point.second;
}

template class World<Residue<kFirstPrime>>;
template class World<Residue<kSecondPrime>>;

}  // namespace invar::exact
