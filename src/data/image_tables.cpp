// See image_tables.h.
#include "data/image_tables.h"

#include <algorithm>

#include "error.h"
#include "hdf5/file.h"

namespace invar::data {
namespace {

/// Of wider integers, which a conversion by the library would cut off.
std::vector<std::uint8_t> as_bytes(const std::vector<std::int64_t>& pixels, const std::string& place) {
  const auto beyond = std::ranges::find_if(pixels, [](std::int64_t pixel) { return pixel < 0 || pixel > 255; });
  if (beyond != pixels.end())
    throw InputError(place + ": /images holds a pixel " + std::to_string(*beyond) +
                     "; give pixels from 0 to 255, or numbers of your own scale as /data/x and /data/y");
  return {pixels.begin(), pixels.end()};
}

/// The pixels of the first images, a few at a time: a table in chunks, as compressed ones are, is read once in its
/// order.
std::unique_ptr<const Spool> put_down(const hdf5::Dataset& pixels, std::int64_t images, std::int64_t image_bytes,
                                      const std::string& place) {
  constexpr std::int64_t kAtATime = std::int64_t{16} << 20;  // bytes
  auto spool = std::make_unique<Spool>();
  const std::int64_t some = std::max<std::int64_t>(1, kAtATime / image_bytes);
  for (std::int64_t begin = 0; begin < images; begin += some) {
    const std::int64_t here = std::min(some, images - begin);
    spool->append(pixels.holds_bytes() ? pixels.read_part<std::uint8_t>(begin, here)
                                       : as_bytes(pixels.read_part<std::int64_t>(begin, here), place));
  }
  return spool;
}

}  // namespace

bool holds_images(const std::filesystem::path& path) {
  const hdf5::File file = hdf5::File::open(path);
  return file.contains_dataset("images") && file.contains_dataset("labels");
}

Samples load_image_table(const std::filesystem::path& path, const ImageOptions& options) {
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Dataset pixels = file.dataset("images"), labels = file.dataset("labels");
  const Shape shape = pixels.shape(), label_shape = labels.shape();
  if (shape.size() != 4)
    throw InputError(path.string() + ": /images has the shape " + shape_text(shape) +
                     "; give [N, rows, columns, channels]");
  if (label_shape != Shape{shape[0]})
    throw InputError(path.string() + ": /labels has the shape " + shape_text(label_shape) + ", where /images has " +
                     std::to_string(shape[0]) + " images; give one label each");
  Images images;
  images.place = path.string();
  images.rows = shape[1];
  images.columns = shape[2];
  images.channels = shape[3];
  check(options, images.rows, images.columns, images.place);
  images.count = taken(options.samples, shape[0], images.place);
  const std::int64_t image = images.rows * images.columns * images.channels;
  const std::optional<std::uint64_t> begin = pixels.offset();  // none where it is in chunks, as compressed ones are
  images.pixels =
      begin && pixels.holds_bytes()
          ? pixels_in_files({{path, images.count, static_cast<std::int64_t>(*begin), image}}, image, 1, false)
          : pixels_in_spool(put_down(pixels, images.count, image, images.place), image);
  const std::vector<std::int64_t> classes = labels.read<std::int64_t>();
  const auto [least, greatest] = std::ranges::minmax_element(classes);
  constexpr std::int64_t kMostClasses = 1 << 24;
  if (classes.empty() || *least < 0 || *greatest >= kMostClasses)
    throw InputError(path.string() + ": /labels must be integers from 0 on, one a class");
  images.classes = *greatest + 1;
  images.labels.assign(classes.begin(), classes.begin() + images.count);
  return to_samples(images, options);
}

}  // namespace invar::data
