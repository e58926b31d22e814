// Images to samples: average pooling, one standardisation for all pixels, and patches as tokens.
//
// A flat sample is x [d], d = rows·columns·channels, index (row, column, channel), channel fastest. With patches of P x
// Q a sample is x [t, d]: token t runs over the patches row by row, d = P·Q·channels with index (row, column, channel)
// in the patch, as einops' "(p u) (q v) c -> (p q) (u v c)".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/pixels.h"
#include "data/samples.h"

namespace invar::data {

/// Rows and columns of the rectangles that become tokens; 0 x 0: none.
struct Patch {
  std::int64_t rows = 0, columns = 0;

  constexpr Patch() = default;
  constexpr Patch(std::int64_t side) : rows(side), columns(side) {}  // NOLINT: a number is a square
  constexpr Patch(std::int64_t height, std::int64_t width) : rows(height), columns(width) {}
  bool none() const { return rows == 0 && columns == 0; }
  friend bool operator==(const Patch&, const Patch&) = default;
};
/// "7" for a square, "1x7".
std::string patch_text(const Patch& patch);

struct ImageOptions {
  SampleCount samples{};
  std::int64_t pool = 1;                 // side of the squares that are averaged; divides both sides of the image
  Patch patch{};                         // of a token; divides the sides after pooling; none: one flat vector
  bool standardise = true;               // mean 0 and deviation 1 over all pixels of all samples taken
  std::optional<PixelScale> scale = {};  // what to standardise by instead: that of the samples trained on
};

struct Images {
  std::int64_t count = 0, rows = 0, columns = 0, channels = 1;
  std::shared_ptr<const Pixels> pixels;
  std::vector<std::int32_t> labels;  // [count]
  std::int64_t classes = 0;
  std::string place;  // the file or data set, for messages and the description
};

/// Throws InputError where pool or patch does not divide the image's sides, naming what does.
void check(const ImageOptions& options, std::int64_t rows, std::int64_t columns, const std::string& place);

/// Uses all images given: what `samples` asks for is taken when the file is read. Many are pooled, standardised and cut
/// into patches anew whenever a sample is read.
Samples to_samples(const Images& images, const ImageOptions& options);

}  // namespace invar::data
