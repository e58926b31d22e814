// See image_tables.h.
#include "data/image_tables.h"

#include <algorithm>

#include "data/labels.h"
#include "error.h"
#include "hdf5/file.h"
#include "hdf5/packing.h"

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
  const bool bytes = pixels.stores(hdf5::Type::of<std::uint8_t>());
  const std::int64_t some = std::max<std::int64_t>(1, kAtATime / image_bytes);
  for (std::int64_t begin = 0; begin < images; begin += some) {
    const std::int64_t here = std::min(some, images - begin);
    spool->append(bytes ? pixels.read_part<std::uint8_t>(begin, here)
                        : as_bytes(pixels.read_part<std::int64_t>(begin, here), place));
  }
  return spool;
}

/// [N, rows, columns, channels], or what to do with another shape.
void expect_images(const hdf5::Dataset& pixels) {
  const hdf5::Shape shape = pixels.shape();
  const auto refuse = [&](const std::string& what) {
    throw InputError(to_string(pixels.place()) + ": " + what +
                     ", or give numbers of your own shape as /data/x and /data/y");
  };
  if (pixels.kind() == hdf5::Kind::floating)
    refuse(
        "holds floating-point numbers; give pixels from 0 to 255 as 8 bits (h5py: "
        "(255 * images).round().astype('uint8'), where they are from 0 to 1)");
  const std::string has = "has the shape " + shape_text(shape);
  if (shape.size() == 3)
    refuse(has + "; give [N, rows, columns, channels] (h5py: images[..., None], where these are grey)");
  if (shape.size() != 4) refuse(has + "; give [N, rows, columns, channels]");
  if (elements(shape) == 0) refuse(has + ", so nothing is in it; give at least one image");
  // Channels are few, and images mostly square: where either says so of the wrong axes, the pixels would be taken apart.
  const auto few = [](std::int64_t extent) { return extent <= 4; };
  const bool square_behind = shape[2] == shape[3] && shape[1] != shape[2] && shape[3] > 1;
  if ((few(shape[1]) && !few(shape[3])) || square_behind)
    refuse(has +
           ", which looks like [N, channels, rows, columns]; give [N, rows, columns, channels] (h5py: "
           "images[()].transpose(0, 2, 3, 1))");
}

/// Read again where a sample is taken, if that can be, or put down.
std::shared_ptr<const Pixels> pixels_of(const hdf5::Dataset& pixels, std::int64_t images, std::int64_t image_bytes,
                                        const std::string& place) {
  // In chunks, as compressed ones are, they have no location.
  const std::optional<hdf5::Location> location = pixels.location();
  if (!location || !pixels.stores(hdf5::Type::of<std::uint8_t>()) || hdf5::says_of_its_numbers(pixels))
    return pixels_in_spool(put_down(pixels, images, image_bytes, place), image_bytes);
  pixels.expect_part(0, images);
  const auto begin = static_cast<std::int64_t>(location->begin);
  return pixels_in_files({{std::make_shared<const WatchedFile>(location->file), images, begin, image_bytes}},
                         image_bytes, 1, false);
}

}  // namespace

bool holds_images(const std::filesystem::path& path) {
  const hdf5::File file = hdf5::File::open(path);
  const bool images = file.names_one("images") && !file.contains_group("images"), numbers = file.names_one("data/x");
  if (images && numbers && file.names_one("labels"))
    throw InputError(path.string() +
                     ": has /images and /data/x, and it is not said which are the data; leave one of the two out, or "
                     "copy what is meant to a file of its own");
  return images && !numbers;
}

Samples load_image_table(const std::filesystem::path& path, const ImageOptions& options) {
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Dataset pixels = file.dataset("images");
  expect_images(pixels);
  if (!file.names_one("labels"))
    throw InputError(path.string() + ": /labels is missing; give one class number, from 0 on, for each of /images");
  const hdf5::Dataset labels = file.dataset("labels");
  const Shape shape = pixels.shape(), label_shape = labels.shape();
  if (label_shape != Shape{shape[0]})
    throw InputError(path.string() + ": /labels has the shape " + shape_text(label_shape) + ", where /images has " +
                     std::to_string(shape[0]) + " images; give one label each, " + shape_text({shape[0]}));
  Images images;
  images.place = path.string();
  images.rows = shape[1];
  images.columns = shape[2];
  images.channels = shape[3];
  check(options, images.rows, images.columns, images.place);
  images.count = taken(options.samples, shape[0], images.place);
  images.pixels = pixels_of(pixels, images.count, images.rows * images.columns * images.channels, images.place);
  ClassNumbers classes = read_class_numbers(labels, images.count, "give one class number an image");
  images.classes = classes.classes;
  images.labels = std::move(classes.first);
  return to_samples(images, options);
}

}  // namespace invar::data
