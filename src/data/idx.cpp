// See idx.h.
#include "data/idx.h"

#include <algorithm>
#include <cstdio>

#include "data/bytes.h"
#include "error.h"

namespace invar::data {
namespace {

constexpr std::uint32_t kImages = 0x00000803, kLabels = 0x00000801;
constexpr std::int64_t kHeader = 16;            // bytes before the first image
constexpr std::int64_t kLargestSide = 1 << 14;  // no image is larger; a damaged header easily is
constexpr const char* kRemedy = "get a complete copy of the file";

std::int64_t big_endian(Bytes& file) {
  const std::vector<std::uint8_t> bytes = file.read(4, "the header");
  return (std::int64_t{bytes[0]} << 24) | (std::int64_t{bytes[1]} << 16) | (std::int64_t{bytes[2]} << 8) | bytes[3];
}

std::string hexadecimal(std::int64_t value) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "0x%08llx", static_cast<unsigned long long>(value));
  return buffer;
}

void expect_magic(Bytes& file, std::int64_t expected, const char* content) {
  const std::int64_t magic = big_endian(file);
  if (magic == expected) return;
  const char* hint = magic == kLabels ? " (these are labels)" : magic == kImages ? " (these are images)" : "";
  file.fail("begins with " + hexadecimal(magic) + hint + ", an IDX file of " + content + " with " +
            hexadecimal(expected));
}

Images read_images(const std::filesystem::path& path, const ImageOptions& options) {
  Bytes file(path, kRemedy);
  expect_magic(file, kImages, "images");
  Images images;
  const std::int64_t available = big_endian(file);
  images.rows = big_endian(file);
  images.columns = big_endian(file);
  images.place = path.string();
  const Shape shape{available, images.rows, images.columns};
  if (std::min({available, images.rows, images.columns}) < 1 || std::max(images.rows, images.columns) > kLargestSide) {
    file.fail("its header says " + shape_text(shape) + " pixels");
  }
  images.count = taken(options.samples, available, path.string());
  check(options, images.rows, images.columns, path.string());
  const std::int64_t size = images.rows * images.columns;
  const std::string what = "the " + shape_text(shape) + " pixels that its header says";
  auto kept = std::make_unique<Spool>();  // a packed file's; a plain one is read again where a sample is taken
  for (std::int64_t image = 0; image < available; ++image) {
    const std::vector<std::uint8_t> pixels = file.read(size, what);
    if (file.packed() && image < images.count) kept->append(pixels);
  }
  file.expect_end(what);
  images.pixels = file.packed() ? pixels_in_spool(std::move(kept), size)
                                : pixels_in_files({{path, images.count, kHeader, size}}, size, 1, false);
  return images;
}

std::vector<std::uint8_t> read_labels(const std::filesystem::path& path) {
  Bytes file(path, kRemedy);
  expect_magic(file, kLabels, "labels");
  const std::int64_t count = big_endian(file);
  if (count < 1) file.fail("its header says " + std::to_string(count) + " labels");
  const std::string what = "the " + std::to_string(count) + " labels that its header says";
  std::vector<std::uint8_t> labels = file.read(count, what);
  file.expect_end(what);
  return labels;
}

std::int64_t images_in(const std::filesystem::path& path) {
  Bytes file(path, kRemedy);
  expect_magic(file, kImages, "images");
  return big_endian(file);
}

std::filesystem::path plain_or_packed(const std::filesystem::path& folder, const std::string& name) {
  for (const std::filesystem::path& path : {folder / name, folder / (name + ".gz")}) {
    if (std::filesystem::exists(path)) return path;
  }
  throw InputError((folder / name).string() +
                   ": there is no such file, nor one with .gz: give the folder of the IDX files");
}

}  // namespace

Samples load_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path,
                 const ImageOptions& options) {
  const std::vector<std::uint8_t> labels = read_labels(labels_path);
  const std::int64_t available = images_in(images_path);
  if (available != static_cast<std::int64_t>(labels.size())) {
    throw InputError(images_path.string() + ": says " + std::to_string(available) + " images, but " +
                     labels_path.string() + " holds " + std::to_string(labels.size()) +
                     " labels: give two files that belong together");
  }
  Images images = read_images(images_path, options);
  // Classes are counted over the whole file: the samples taken may lack one.
  images.classes = *std::max_element(labels.begin(), labels.end()) + 1;
  images.labels.assign(labels.begin(), labels.begin() + images.count);
  return to_samples(images, options);
}

Samples load_idx_folder(const std::filesystem::path& folder, const ImageOptions& options) {
  const std::filesystem::path images = plain_or_packed(folder, "train-images-idx3-ubyte");
  return load_idx(images, plain_or_packed(folder, "train-labels-idx1-ubyte"), options);
}

Samples load_fashion_mnist(const ImageOptions& options, const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) {
    throw InputError(folder.string() +
                     ": Fashion-MNIST (60,000 images of 28 x 28 pixels in 10 classes) is not installed: "
                     "apt-get install dataset-fashion-mnist, or name other data");
  }
  return load_idx_folder(folder, options);
}

}  // namespace invar::data
