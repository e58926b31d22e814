// See image_tables.h.
#include "data/image_tables.h"

#include <algorithm>

#include "error.h"
#include "hdf5/file.h"

namespace invar::data {

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
          : pixels_in_memory(pixels.read_first<std::uint8_t>(images.count), image);
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
