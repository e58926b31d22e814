// See described.h.
#include "data/described.h"

#include <algorithm>

namespace invar::data {
namespace {

class NoPixels final : public Pixels {
 public:
  explicit NoPixels(std::int64_t bytes) : bytes_(bytes) {}
  void read(std::int64_t, std::uint8_t* pixels) const override { std::fill_n(pixels, bytes_, std::uint8_t{0}); }

 private:
  std::int64_t bytes_;
};

class NoTokens final : public Rows {
 public:
  using Rows::Rows;
  void read(std::int64_t, double* numbers) const override { std::fill_n(numbers, elements(), 0.0); }
};

Samples described_images(const ImageSetSize& size, std::int64_t count, const std::string& place, ImageOptions options) {
  Images images;
  images.rows = size.rows;
  images.columns = size.columns;
  images.channels = size.channels;
  images.classes = size.classes;
  images.place = place;
  images.count = taken(options.samples, count, place);
  images.pixels = std::make_shared<const NoPixels>(size.rows * size.columns * size.channels);
  images.labels.assign(static_cast<std::size_t>(images.count), 0);
  options.standardise = false;
  return to_samples(images, options);
}

Samples described_text(std::int64_t vocabulary, std::int64_t tokens, const std::string& place,
                       const TextOptions& options) {
  Samples samples;
  samples.count =
      taken(options.samples, (tokens - 1) / options.tokens, place + " in samples of " + std::to_string(options.tokens));
  samples.x_shape = samples.y_shape = {options.tokens};
  samples.x = samples.y = std::make_shared<const NoTokens>(samples.count, options.tokens);
  samples.labels = true;
  samples.classes = samples.vocabulary = vocabulary;
  samples.description = place + ": first " + std::to_string(samples.count) + " samples of " +
                        std::to_string(options.tokens) + " tokens, vocabulary " + std::to_string(vocabulary);
  return samples;
}

}  // namespace

std::optional<Samples> described(const KnownSet& set, bool evaluation, ImageOptions images, const TextOptions& text) {
  const std::string place =
      std::string(set.name) + (evaluation ? " (evaluation)" : "") + ", not here, by its known size";
  if (const std::int64_t count = evaluation ? set.images.evaluation : set.images.train; count > 0)
    return described_images(set.images, count, place, images);
  for (const TextSetSize& size : set.texts)
    if (const std::int64_t tokens = evaluation ? size.evaluation : size.train;
        tokens > 0 && size.tokenizer == text.tokenizer)
      return described_text(size.vocabulary, tokens, place, text);
  return std::nullopt;
}

}  // namespace invar::data
