// See images.h.
#include "data/images.h"

#include <cmath>
#include <cstdio>
#include <numeric>

#include "error.h"

namespace invar::data {
namespace {

/// Mean pixel of each pool·pool square: [count, rows/pool, columns/pool, channels].
std::vector<double> average_pooled(const Images& images, std::int64_t pool) {
  const std::int64_t rows = images.rows / pool, columns = images.columns / pool, channels = images.channels;
  std::vector<double> sums(static_cast<std::size_t>(images.count * rows * columns * channels), 0.0);
  std::size_t source = 0;
  for (std::int64_t image = 0; image < images.count; ++image) {
    for (std::int64_t row = 0; row < images.rows; ++row) {
      const std::int64_t target_row = (image * rows + row / pool) * columns;
      for (std::int64_t column = 0; column < images.columns; ++column) {
        const std::int64_t target = (target_row + column / pool) * channels;
        for (std::int64_t c = 0; c < channels; ++c)
          sums[static_cast<std::size_t>(target + c)] += images.pixels[source++];
      }
    }
  }
  const double area = static_cast<double>(pool * pool);
  for (double& value : sums) value /= area;
  return sums;
}

PixelScale moments(const std::vector<double>& values) {
  const double count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / count)};
}

/// [count, rows, columns, channels] → [count, patches, patch rows·patch columns·channels].
std::vector<double> patched(const std::vector<double>& pixels, std::int64_t count, std::int64_t rows,
                            std::int64_t columns, std::int64_t channels, const Patch& patch) {
  std::vector<double> tokens;
  tokens.reserve(pixels.size());
  for (std::int64_t image = 0; image < count; ++image) {
    for (std::int64_t top = 0; top < rows; top += patch.rows) {
      for (std::int64_t left = 0; left < columns; left += patch.columns) {
        for (std::int64_t row = top; row < top + patch.rows; ++row) {
          const auto begin = pixels.begin() + ((image * rows + row) * columns + left) * channels;
          tokens.insert(tokens.end(), begin, begin + patch.columns * channels);
        }
      }
    }
  }
  return tokens;
}

std::string common_divisors(std::int64_t rows, std::int64_t columns) {
  std::string text;
  const std::int64_t greatest = std::gcd(rows, columns);
  for (std::int64_t d = 1; d <= greatest; ++d) {
    if (greatest % d == 0) text += (text.empty() ? "" : ", ") + std::to_string(d);
  }
  return text;
}

void check_divides(const char* key, const Patch& value, std::int64_t rows, std::int64_t columns,
                   const std::string& place) {
  if (value.rows >= 1 && value.columns >= 1 && rows % value.rows == 0 && columns % value.columns == 0) return;
  throw InputError(std::string(key) + " = " + patch_text(value) + ": must divide the " + std::to_string(rows) + " x " +
                   std::to_string(columns) + " pixels of " + place + ": choose one of " +
                   common_divisors(rows, columns));
}

std::string short_number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

}  // namespace

std::string patch_text(const Patch& patch) {
  const std::string rows = std::to_string(patch.rows);
  return patch.rows == patch.columns ? rows : rows + "x" + std::to_string(patch.columns);
}

void check(const ImageOptions& options, std::int64_t rows, std::int64_t columns, const std::string& place) {
  check_divides("pool", options.pool, rows, columns, place);
  if (options.patch.none()) return;
  const std::string pooled = options.pool == 1 ? place : place + ", pooled by " + std::to_string(options.pool);
  check_divides("patch", options.patch, rows / options.pool, columns / options.pool, pooled);
}

Samples to_samples(const Images& images, const ImageOptions& options) {
  check(options, images.rows, images.columns, images.place);
  const std::int64_t rows = images.rows / options.pool, columns = images.columns / options.pool;

  Samples samples;
  samples.count = images.count;
  samples.x = average_pooled(images, options.pool);
  samples.description = images.place + ": first " + std::to_string(images.count) + " images";
  if (options.pool > 1) samples.description += ", pooled by " + std::to_string(options.pool);
  if (options.standardise) {
    const PixelScale moment = options.scale ? *options.scale : moments(samples.x);
    samples.scale = moment;
    if (moment.deviation == 0.0) {
      throw InputError(images.place + ": all pixels of the first " + std::to_string(images.count) + " images are " +
                       short_number(moment.mean) + ", so they cannot be standardised: take more samples");
    }
    for (double& value : samples.x) value = (value - moment.mean) / moment.deviation;
    samples.description += ", standardised from mean " + short_number(moment.mean) + " and deviation " +
                           short_number(moment.deviation) + " of 255";
  }
  if (!options.patch.none()) {
    samples.x = patched(samples.x, images.count, rows, columns, images.channels, options.patch);
    const Patch& patch = options.patch;
    samples.x_shape = {(rows / patch.rows) * (columns / patch.columns), patch.rows * patch.columns * images.channels};
    samples.description += ", patches of " + std::to_string(patch.rows) + " x " + std::to_string(patch.columns);
  } else {
    samples.x_shape = {rows * columns * images.channels};
    samples.image_shape = {rows, columns, images.channels};
  }
  samples.y.assign(images.labels.begin(), images.labels.end());
  samples.labels = true;
  samples.classes = images.classes;
  return samples;
}

}  // namespace invar::data
