// How symbols are made of each other: what relations.h finds and world.h follows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "exact/residue.h"

namespace invar::exact {

/// Of a sample: the outcome of each step that is one (others: 0), and where the input is integers their zeros and ones.
struct Cell {
  std::vector<bool> outcomes;
  std::vector<std::uint8_t> chosen;
};

struct Term {
  std::int32_t step;
  Fraction coefficient;
};
/// A symbol of its own, or e^g (log g) and powers (multiples) of those before it, g a function of θ alone.
struct Recipe {
  bool own = false;
  std::vector<Term> terms;
};

/// Along samples, of those with one pattern of outcomes.
struct PatternRecipes {
  std::vector<std::optional<Recipe>> recipes;  // of steps that are exponentials, logarithms, cosines
  std::vector<std::int64_t> denominators;      // e^z is this power of its symbol
  std::vector<std::int32_t> members;           // of the basis: steps with symbols of their own
};

/// Along parameters: e^g or log g of a function of θ alone, common to all samples.
struct ItemRecipe {
  bool logarithm = false;
  Recipe recipe{};  // its terms' steps are items
  std::int64_t denominator = 1;
};

struct Recipes {
  std::vector<PatternRecipes> patterns;                                 // of the different outcomes
  std::vector<std::size_t> pattern_of;                                  // of each sample
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> item_at;  // (sample, step) → item
  std::vector<ItemRecipe> items;
};

}  // namespace invar::exact
