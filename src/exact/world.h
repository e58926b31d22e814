// A random point of a field: θ and samples, with symbols that follow the recipes. Numbers move along two directions,
// the sample's and the parameters', where relations are looked for.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "exact/path.h"
#include "exact/random.h"
#include "exact/recipes.h"

namespace invar::exact {

/// What a tape and its cells are to all worlds.
struct Setting {
  Setting(const Tape& tape, std::vector<Cell> cells);

  const Tape& tape;
  std::vector<Cell> cells;
  std::vector<std::set<std::int32_t>> root_inputs;  // of each step that is a root: the inputs on which it depends
  Recipes recipes;

  PatternRecipes& of_sample(std::size_t sample) { return recipes.patterns[recipes.pattern_of[sample]]; }
  const PatternRecipes& of_sample(std::size_t sample) const { return recipes.patterns[recipes.pattern_of[sample]]; }
};

template <class F>
class World {
 public:
  struct Sample {
    std::vector<F> inputs, directions, known, symbols;
    std::vector<Path<F>> values;
    std::int32_t done = 0;  // steps
  };
  struct Item {
    bool met = false;
    F value, slope, symbol;  // g or the logarithm's argument; dg or d log g along θ
  };

  World(const Setting& setting, std::uint64_t seed, bool moves);

  /// Takes a sample's steps up to `until`, whose recipes must be known. False where roots were not found.
  bool reach(std::size_t sample, std::int32_t until);

  const std::vector<F>& parameters() const { return parameters_; }
  const Sample& sample(std::size_t i) const { return samples_[i]; }
  /// z − Σ n z_i − Σ m log u_i of an exponential; u Π e^(−n z_i) Π u_i^(−m) of a logarithm: functions of θ alone.
  F remainder(std::size_t sample, std::int32_t n) const;
  /// An item, which has this value where it is met for the first time.
  Item& item(std::size_t index, const F& value);
  const Item& item(std::size_t index) const { return items_[index]; }

 private:
  bool redraw(std::size_t sample, std::int32_t root);
  F multiple(std::size_t sample, const Term& term) const;
  F power(std::size_t sample, const Term& term, std::int64_t sign) const;
  F symbol(std::size_t sample, std::int32_t n);
  F circle(std::size_t sample, std::int32_t n);
  F of_item(std::size_t index, const F& value);
  F constant_exponential(const F& exponent) const;
  F constant_logarithm(const F& number);

  const Setting& setting_;
  const Tape& tape_;
  Random random_;
  std::vector<F> parameters_, directions_, constants_;
  std::vector<Sample> samples_;
  std::vector<Item> items_;
  std::map<std::uint64_t, F> errors_;                // of error functions, by argument
  std::map<std::uint64_t, std::pair<F, F>> angles_;  // (sine, cosine) of angles that no sample moves
  std::map<std::int64_t, F> logarithms_;             // of prime numbers
  F unit_;                                           // e^(1/kConstantDenominator)
};

}  // namespace invar::exact
