// A block's text with sizes, random parameters and a random input, evaluated by the oracle; and arrays to write the
// expected numbers with plain loops.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "interpreter.h"
#include "tensor/block.h"

namespace invar::oracle {

/// Uniform in (−1, 1), the same on every platform.
inline Numbers random_numbers(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  Numbers result(count);
  for (double& x : result) x = std::ldexp(static_cast<double>(generator() >> 11U), -52) - 1.0;
  return result;
}

/// An extent from 2 to 5.
inline Index random_extent(std::mt19937_64& generator) {
  return 2 + static_cast<Index>(generator() % 4);
}

inline KnownSizes extents(std::map<std::string, Index> of_letters) {
  KnownSizes known;
  known.extents = std::move(of_letters);
  return known;
}

struct Array {
  Shape shape;
  Numbers values;

  explicit Array(Shape extents)
      : shape(std::move(extents)), values(static_cast<std::size_t>(extent_product(shape)), 0.0) {}
  Array(Shape extents, Numbers numbers) : shape(std::move(extents)), values(std::move(numbers)) {}

  template <class... I>
  double& operator()(I... i) {
    const Index at[]{static_cast<Index>(i)..., 0};
    Index flat = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) flat = flat * shape[axis] + at[axis];
    return values[static_cast<std::size_t>(flat)];
  }
};

class NotationCase {
 public:
  explicit NotationCase(const std::string& text, const KnownSizes& known = {}, std::uint64_t seed = 1,
                        const BlockLibrary& library = {})
      : block(read_block(text, known, "text", library)),
        theta(random_numbers(static_cast<std::size_t>(block.parameters.size()), seed)),
        input(random_numbers(static_cast<std::size_t>(extent_product(block.graph[block.input].shape)), seed + 1000)) {}

  Array parameter(const std::string& name) const {
    const Tensor& tensor = *block.parameters.find(name);
    return {tensor.shape, Numbers(theta.begin() + tensor.offset, theta.begin() + tensor.offset + tensor.size)};
  }
  Array x() const { return {block.graph[block.input].shape, input}; }
  Index size(const std::string& letter) const { return block.sizes.at(letter); }
  Array output() const { return evaluate(block.output); }
  Array law(std::size_t i) const { return evaluate(block.laws.at(i).node); }
  Array evaluate(NodeId node) const {
    return {block.graph[node].shape, Interpreter(block.graph, {theta}, input).value(node)};
  }

  Block block;
  Numbers theta, input;
};

/// Equal shapes, and values that differ by at most `tolerance` of the largest value.
inline void require_equal(const Array& found, const Array& expected, double tolerance = 1e-13) {
  REQUIRE(found.shape == expected.shape);
  double scale = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    REQUIRE(std::isfinite(found.values[i]));
    scale = std::max(scale, std::abs(expected.values[i]));
    difference = std::max(difference, std::abs(found.values[i] - expected.values[i]));
  }
  REQUIRE(scale > 0.0);
  CHECK(difference <= tolerance * scale);
}

}  // namespace invar::oracle
