// Data as every loader hands them over: x [samples, …], y [samples, …], a row a sample, row-major, the sample axis
// first and no part of the shapes. Tokens are x [samples, t, d]. Labels (integers) stand in y as numbers until
// `one_hot` expands them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/rows.h"

namespace invar::data {

using Shape = std::vector<std::int64_t>;

/// What pixels are standardised by.
struct PixelScale {
  double mean = 0.0, deviation = 1.0;
};

struct Samples {
  Shape x_shape;        // of one sample
  Shape y_shape;        // of one sample; {} for one label a sample, {t} for one a position
  SharedRows x;         // [count, x_shape…]
  SharedRows y;         // [count, y_shape…]; null where there are no targets
  bool labels = false;  // y holds class numbers 0, 1, …, classes − 1
  std::int64_t count = 0;
  std::int64_t classes = 0;         // 0 where y holds no labels
  std::int64_t vocabulary = 0;      // of a text: tokens are 0 … vocabulary − 1
  std::optional<PixelScale> scale;  // of images that were standardised
  Shape image_shape;                // of flat images: rows, columns, channels
  std::string description;          // what was loaded and what was done to it, for files and tables
};

/// Targets of the cross-entropy: labels y [count, …] become y [count, …, classes] of zeros and ones. Samples without
/// labels are returned as they are.
Samples one_hot(Samples samples);

/// "[60000, 28, 28]", as messages show a shape.
std::string shape_text(const Shape& shape);

/// Product of the extents, 1 for the empty shape.
std::int64_t elements(const Shape& shape);

/// How many samples to take: the first so many, in file order; 0: all.
struct SampleCount {
  std::int64_t wanted = 0;
  bool or_fewer = false;             // where there are fewer, all of them
  std::string_view key = "samples";  // the option that says so, for messages

  constexpr SampleCount() = default;
  constexpr SampleCount(std::int64_t count) : wanted(count) {}  // NOLINT: a number is a count
  constexpr SampleCount(std::int64_t count, bool fewer_will_do) : wanted(count), or_fewer(fewer_will_do) {}
  constexpr SampleCount(std::string_view option, std::int64_t count) : wanted(count), key(option) {}
};

/// How many of `available` samples are taken. InputError where there are too few, naming `place`.
std::int64_t taken(const SampleCount& count, std::int64_t available, const std::string& place);

}  // namespace invar::data
