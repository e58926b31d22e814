// See sampling.h.
#include "data/sampling.h"

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>

#include "error.h"

namespace invar::data {
namespace {

/// 64-bit FNV-1a.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return value;
}

/// SplitMix64's output function: neighbouring seeds become unrelated ones.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

}  // namespace

Engine engine(std::uint64_t seed, std::string_view purpose) {
  return Engine(mixed(mixed(seed) ^ hash(purpose)));
}

std::vector<double> standard_normal(Engine& source, std::int64_t count) {
  boost::random::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = normal(source);
  return values;
}

std::vector<double> random_inputs(Engine& source, std::int64_t count, std::int64_t tokens) {
  if (tokens == 0) return standard_normal(source, count);
  boost::random::uniform_int_distribution<std::int64_t> token(0, tokens - 1);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = static_cast<double>(token(source));
  return values;
}

Samples synthetic_inputs(const Shape& shape, std::int64_t count, std::uint64_t seed, std::int64_t tokens) {
  if (count < 1) throw InputError("samples = " + std::to_string(count) + ": synthetic data need at least 1");
  Samples samples;
  samples.x_shape = shape;
  samples.count = count;
  Engine source = engine(seed, "inputs");
  samples.x = rows_of(count, random_inputs(source, count * elements(shape), tokens));
  samples.description = "synthetic: " + std::to_string(count) + " inputs " + shape_text(shape) +
                        (tokens > 0 ? " of random tokens" : " from N(0, 1)") + ", seed " + std::to_string(seed);
  return samples;
}

BatchSampler::BatchSampler(std::int64_t count, bool replacement, std::uint64_t seed, std::string_view purpose)
    : replacement_(replacement), engine_(engine(seed, purpose)), position_(0), count_(count) {
  if (count < 1) throw std::logic_error("a batch sampler needs at least one sample");
  if (!replacement) {
    permutation_.resize(static_cast<std::size_t>(count));
    std::iota(permutation_.begin(), permutation_.end(), 0);
    position_ = permutation_.size();  // the first draw begins an epoch
  }
}

std::int64_t BatchSampler::below(std::int64_t bound) {
  return boost::random::uniform_int_distribution<std::int64_t>(0, bound - 1)(engine_);
}

std::span<const std::int64_t> BatchSampler::draw(std::int64_t batch) {
  if (batch < 1) throw InputError("batch = " + std::to_string(batch) + ": must be at least 1");
  if (!replacement_ && batch > count_) {
    throw InputError("batch = " + std::to_string(batch) + ": there are " + std::to_string(count_) +
                     " samples: take a smaller batch, or sample with replacement");
  }
  const std::size_t size = static_cast<std::size_t>(batch);
  if (replacement_) {
    permutation_.resize(size);
    for (std::int64_t& index : permutation_) index = below(count_);
    return permutation_;
  }
  if (position_ + size > permutation_.size()) {
    // Fisher–Yates: every permutation is equally likely.
    for (std::size_t last = permutation_.size() - 1; last > 0; --last) {
      std::swap(permutation_[last], permutation_[static_cast<std::size_t>(below(static_cast<std::int64_t>(last) + 1))]);
    }
    position_ = 0;
  }
  const std::span<const std::int64_t> drawn(permutation_.data() + position_, size);
  position_ += size;
  return drawn;
}

void BatchSampler::archive(Archive& archive) {
  std::ostringstream words;
  words << engine_ << '\n';  // Boost skips white space behind its last number, and fails where there is nothing
  std::string state = words.str();
  archive("generator", state);
  if (archive.loading() && !(std::istringstream(state) >> engine_))
    throw InputError("the archive's generator of mini-batches is damaged: use an earlier checkpoint");
  if (replacement_) return;
  archive("position", position_);
  archive("permutation", permutation_);
}

}  // namespace invar::data
