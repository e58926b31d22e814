// See idx.h.
#include "data/idx.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

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
  const auto again = std::make_shared<const WatchedFile>(path);
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
                                : pixels_in_files({{again, images.count, kHeader, size}}, size, 1, false);
  return images;
}

/// `images`: as many as there are labels, of the file `images_path`.
std::vector<std::uint8_t> read_labels(const std::filesystem::path& path, std::int64_t images,
                                      const std::filesystem::path& images_path) {
  Bytes file(path, kRemedy);
  expect_magic(file, kLabels, "labels");
  const std::int64_t count = big_endian(file);
  if (count < 1) file.fail("its header says " + std::to_string(count) + " labels");
  if (images != count)
    throw InputError(images_path.string() + ": says " + std::to_string(images) + " images, but " + path.string() +
                     " says " + std::to_string(count) + " labels: give two files that belong together");
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

constexpr std::array<std::string_view, 2> kImageNames{"images-idx3", "images.idx3"},
    kLabelNames{"labels-idx1", "labels.idx1"};

/// Of these names, plain or with .gz, the first that is there.
std::filesystem::path find_one(const std::vector<std::filesystem::path>& names) {
  for (const std::filesystem::path& name : names)
    for (const std::filesystem::path& path : {name, std::filesystem::path(name.string() + ".gz")})
      if (std::filesystem::exists(path)) return path;
  throw InputError(names.front().string() + ": there is no such file, nor one with a dot (" +
                   names.back().filename().string() + ") or with .gz: give the IDX files, images and labels together");
}

}  // namespace

Samples load_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path,
                 const ImageOptions& options) {
  const std::vector<std::uint8_t> labels = read_labels(labels_path, images_in(images_path), images_path);
  Images images = read_images(images_path, options);
  // Classes are counted over the whole file: the samples taken may lack one.
  images.classes = *std::max_element(labels.begin(), labels.end()) + 1;
  images.labels.assign(labels.begin(), labels.begin() + images.count);
  return to_samples(images, options);
}

bool is_idx(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return std::ranges::any_of(kImageNames, [&](std::string_view part) { return name.find(part) != std::string::npos; });
}

Samples load_idx_file(const std::filesystem::path& images, const ImageOptions& options) {
  const std::string name = images.filename().extension() == ".gz" ? images.stem().string() : images.filename().string();
  std::vector<std::filesystem::path> candidates;
  for (const std::size_t own : {std::size_t{0}, std::size_t{1}}) {
    const std::size_t at = name.find(kImageNames[own]);
    if (at == std::string::npos) continue;
    for (const std::size_t other : {own, 1 - own})
      candidates.push_back(images.parent_path() /
                           std::string(name).replace(at, kImageNames[own].size(), kLabelNames[other]));
  }
  return load_idx(images, find_one(candidates), options);
}

Samples load_idx_folder(const std::filesystem::path& folder, const ImageOptions& options) {
  return load_idx_file(find_one({folder / "train-images-idx3-ubyte", folder / "train-images.idx3-ubyte"}), options);
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
