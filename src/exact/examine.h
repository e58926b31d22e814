// What a block's laws are, in arithmetic modulo a prime, in which no rank and no zero needs a tolerance: how many there
// can be, N ≤ D − rank of the fields X = ∂_θ f(x; θ)ᵀ w and of their brackets, and of each line of its text whether it
// is one, ∇h·X = 0 for all x and w.
//
// What is proved: a rank over the prime is at most that over the reals where the symbols' relations are all known
// (relations.h), so that `at_most` holds; a product ∇h·X that is not 0 refutes a line. A line that is called a law has
// products 0 at random points: it is none with a probability of some degree over the prime, about 1e-15.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tensor/block.h"
#include "tensor/loss.h"

namespace invar::exact {

struct ExamineOptions {
  Loss loss = Loss::squared;
  std::uint64_t seed = 1;
  bool second_prime = false;    // the other one, as a second opinion
  bool relations = true;        // false: all symbols taken for independent, to see what relations change
  double parameter_size = 1.0;  // of the real point whose outcomes of comparisons are taken
};

enum class Standing : std::uint8_t {
  law,
  law_of_loss,  // with cross-entropy only, whose gradients by the logits sum to 0
  refuted,
  empty,  // its derivative is 0: a constant
};
std::string_view to_string(Standing standing);

struct Examination {
  std::int64_t parameters = 0;
  std::vector<std::int64_t> ranks;        // by depth of the brackets; the last depth that was tried did not raise it
  bool bounded = true;                    // false: deeper brackets than are tried here may raise it
  std::int64_t at_most = 0;               // laws: parameters − the last rank
  std::vector<Standing> lines;            // of the block's laws, claims and controls, in their order
  std::vector<std::int64_t> independent;  // components of each line that is a law that are so, of lines before it too
  std::int64_t found = 0;                 // independent laws among the lines: their gradients' rank
  bool local = false;                     // there are comparisons: all of it in the cells that were visited
  std::vector<std::string> missing;       // outcomes of comparisons that were not
  std::int64_t relations = 0;             // among exponentials, logarithms and angles

  bool complete() const { return found == at_most; }
};

/// Throws InputError where the block has no exact form here.
Examination examine(const Block& block, const ExamineOptions& options);

}  // namespace invar::exact
