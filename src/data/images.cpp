// See images.h.
#include "data/images.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "error.h"

namespace invar::data {
namespace {

/// Images as numbers, each row pooled and standardised.
class ImageRows final : public Rows {
 public:
  ImageRows(const Images& images, std::int64_t pool, const PixelScale& scale, const Patch& patch)
      : Rows(images.count, images.rows / pool * (images.columns / pool) * images.channels),
        pixels_(images.pixels),
        rows_(images.rows),
        columns_(images.columns),
        channels_(images.channels),
        pool_(pool),
        scale_(scale),
        patch_(patch) {}

  void read(std::int64_t image, double* numbers) const override {
    static thread_local std::vector<std::uint8_t> bytes;
    static thread_local std::vector<double> pooled;
    bytes.resize(static_cast<std::size_t>(rows_ * columns_ * channels_));
    pixels_->read(image, bytes.data());
    if (!patch_.none()) pooled.resize(static_cast<std::size_t>(elements()));
    double* flat = patch_.none() ? numbers : pooled.data();
    average(bytes, flat);
    for (std::int64_t i = 0; i < elements(); ++i) flat[i] = (flat[i] - scale_.mean) / scale_.deviation;
    if (!patch_.none()) cut(flat, numbers);
  }

 private:
  /// Mean pixel of each pool·pool square: [rows/pool, columns/pool, channels].
  void average(const std::vector<std::uint8_t>& bytes, double* means) const {
    if (pool_ == 1) {
      std::copy(bytes.begin(), bytes.end(), means);
      return;
    }
    std::fill_n(means, elements(), 0.0);
    const std::int64_t columns = columns_ / pool_;
    std::size_t source = 0;
    for (std::int64_t row = 0; row < rows_; ++row)
      for (std::int64_t column = 0; column < columns_; ++column) {
        double* target = means + (row / pool_ * columns + column / pool_) * channels_;
        for (std::int64_t c = 0; c < channels_; ++c) target[c] += bytes[source++];
      }
    const double area = static_cast<double>(pool_ * pool_);
    for (std::int64_t i = 0; i < elements(); ++i) means[i] /= area;
  }

  /// [rows, columns, channels] → [patches, patch rows·patch columns·channels].
  void cut(const double* flat, double* tokens) const {
    const std::int64_t rows = rows_ / pool_, columns = columns_ / pool_, width = patch_.columns * channels_;
    for (std::int64_t top = 0; top < rows; top += patch_.rows)
      for (std::int64_t left = 0; left < columns; left += patch_.columns)
        for (std::int64_t row = top; row < top + patch_.rows; ++row)
          tokens = std::copy_n(flat + (row * columns + left) * channels_, width, tokens);
  }

  std::shared_ptr<const Pixels> pixels_;
  std::int64_t rows_, columns_, channels_, pool_;
  PixelScale scale_;
  Patch patch_;
};

constexpr PixelScale kAsTheyAre{0.0, 1.0};

/// In two passes, each a sum in the order of the numbers.
PixelScale moments(const Rows& rows) {
  std::vector<double> row(static_cast<std::size_t>(rows.elements()));
  const auto sum = [&](const auto& term) {
    double total = 0.0;
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      rows.read(i, row.data());
      for (const double value : row) total += term(value);
    }
    return total;
  };
  const double count = static_cast<double>(rows.count() * rows.elements());
  const double mean = sum([](double value) { return value; }) / count;
  return {mean, std::sqrt(sum([mean](double value) { return (value - mean) * (value - mean); }) / count)};
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
  samples.description = images.place + ": first " + std::to_string(images.count) + " images";
  if (options.pool > 1) samples.description += ", pooled by " + std::to_string(options.pool);
  if (options.standardise) {
    samples.scale = options.scale ? *options.scale : moments(ImageRows(images, options.pool, kAsTheyAre, {}));
    if (samples.scale->deviation == 0.0) {
      throw InputError(images.place + ": all pixels of the first " + std::to_string(images.count) + " images are " +
                       short_number(samples.scale->mean) + ", so they cannot be standardised: take more samples");
    }
    samples.description += ", standardised from mean " + short_number(samples.scale->mean) + " and deviation " +
                           short_number(samples.scale->deviation) + " of 255";
  }
  samples.x = kept_where_small(
      std::make_shared<const ImageRows>(images, options.pool, samples.scale.value_or(kAsTheyAre), options.patch));
  if (!options.patch.none()) {
    const Patch& patch = options.patch;
    samples.x_shape = {(rows / patch.rows) * (columns / patch.columns), patch.rows * patch.columns * images.channels};
    samples.description += ", patches of " + std::to_string(patch.rows) + " x " + std::to_string(patch.columns);
  } else {
    samples.x_shape = {rows * columns * images.channels};
    samples.image_shape = {rows, columns, images.channels};
  }
  samples.y = rows_of(images.count, {images.labels.begin(), images.labels.end()});
  samples.labels = true;
  samples.classes = images.classes;
  return samples;
}

}  // namespace invar::data
