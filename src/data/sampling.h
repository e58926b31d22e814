// Random numbers that mean the same everywhere: Boost.Random's engine and distributions (the standard library leaves
// the distributions' algorithms open). Each purpose has a stream of its own, so that the same seed for the start and
// for the inputs does not make them equal.
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "archive.h"
#include "data/samples.h"

namespace invar::data {

using Engine = boost::random::mt19937_64;

/// `purpose` separates streams: "start", "inputs", "sampling", …
Engine engine(std::uint64_t seed, std::string_view purpose);

/// Independent draws from N(0, 1).
std::vector<double> standard_normal(Engine& source, std::int64_t count);

/// Independent draws from N(0, 1), or for `tokens` > 0 from the integers 0 … tokens − 1, all alike.
std::vector<double> random_inputs(Engine& source, std::int64_t count, std::int64_t tokens);

/// Such inputs x [count, shape…], without targets: those come from a teacher.
Samples synthetic_inputs(const Shape& shape, std::int64_t count, std::uint64_t seed, std::int64_t tokens = 0);

/// Draws mini-batches. Without replacement an epoch is a random permutation, cut into batches; what is left over at its
/// end, fewer than a batch, is dropped: a batch then never holds a sample twice and all have one size, so each is a
/// simple random sample, as the prediction for SGD (factor (N − B)/(B (N − 1))) presumes.
class BatchSampler {
 public:
  /// `purpose`: batches of one seed that have nothing to do with each other.
  BatchSampler(std::int64_t count, bool replacement, std::uint64_t seed, std::string_view purpose = "sampling");

  /// Indices of the next batch, valid until the next call. Without replacement batch is at most count.
  std::span<const std::int64_t> draw(std::int64_t batch);

  /// What the batches to come depend on. Throws InputError for a damaged generator.
  void archive(Archive& archive);

 private:
  std::int64_t below(std::int64_t bound);

  bool replacement_;
  Engine engine_;
  std::vector<std::int64_t> permutation_;  // with replacement: the last batch
  std::size_t position_;                   // in the permutation
  std::int64_t count_;
};

}  // namespace invar::data
