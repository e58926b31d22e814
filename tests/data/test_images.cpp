// Images as samples: pooling, patches and standardisation against computation by hand, on small files and on the first
// images of Fashion-MNIST.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "data/cifar.h"
#include "data/idx.h"
#include "data/source.h"
#include "tests/data/image_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::data;
using namespace invar::testing;

namespace {

constexpr ImageOptions kRaw{.samples = 0, .pool = 1, .patch = 0, .standardise = false};

bool fashion_mnist_is_missing() {
  if (std::filesystem::exists(kFashionMnistFolder)) return false;
  WARN("skipped: Fashion-MNIST is not installed (apt-get install dataset-fashion-mnist)");
  return true;
}

}  // namespace

TEST_CASE("an IDX file gives the same samples plain and packed") {
  const TemporaryFolder folder;
  const ByteVector images = idx_bytes({0x803, 5, 4, 6}, 5 * 4 * 6), labels = idx_bytes({0x801, 5}, 5, 3);
  write_plain(folder / "images", images);
  write_plain(folder / "labels", labels);
  write_gzip(folder / "images.gz", images);
  write_gzip(folder / "labels.gz", labels);
  const Samples plain = load_idx(folder / "images", folder / "labels", kRaw);
  const Samples packed = load_idx(folder / "images.gz", folder / "labels.gz", kRaw);
  CHECK(values(*plain.x) == values(*packed.x));
  CHECK(values(*plain.y) == values(*packed.y));
  CHECK(plain.count == 5);
  CHECK(plain.x_shape == Shape{24});
  CHECK(plain.y_shape.empty());
  CHECK(values(*plain.y) == std::vector<double>{0, 1, 2, 0, 1});
  CHECK(plain.labels);
  CHECK(plain.classes == 3);
  const std::vector<double> pixels = values(*plain.x);
  REQUIRE(pixels.size() == 120);
  for (std::size_t i = 0; i < pixels.size(); ++i) REQUIRE(pixels[i] == static_cast<double>(i));
}

TEST_CASE("the samples taken are the first in file order, and the classes those of the whole file") {
  const TemporaryFolder folder;
  write_plain(folder / "images", idx_bytes({0x803, 5, 2, 2}, 20));
  write_plain(folder / "labels", idx_bytes({0x801, 5}, 5));
  ImageOptions options = kRaw;
  options.samples = 2;
  const Samples samples = load_idx(folder / "images", folder / "labels", options);
  CHECK(values(*samples.x) == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(values(*samples.y) == std::vector<double>{0, 1});
  CHECK(samples.classes == 5);
}

TEST_CASE("pooling averages squares and patches keep rows, columns and channels in order") {
  const TemporaryFolder folder;
  // One image 0 … 23 of 4 rows and 6 columns.
  write_plain(folder / "images", idx_bytes({0x803, 1, 4, 6}, 24));
  write_plain(folder / "labels", idx_bytes({0x801, 1}, 1));
  const auto load_with = [&](std::int64_t pool, Patch patch) {
    return load_idx(folder / "images", folder / "labels",
                    {.samples = 0, .pool = pool, .patch = patch, .standardise = false});
  };
  CHECK(values(*load_with(2, 0).x) == std::vector<double>{3.5, 5.5, 7.5, 15.5, 17.5, 19.5});
  const Samples tokens = load_with(1, 2);
  CHECK(tokens.x_shape == Shape{6, 4});
  CHECK(values(*tokens.x) ==
        std::vector<double>{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 12, 13, 18, 19, 14, 15, 20, 21, 16, 17, 22, 23});
  CHECK(load_with(2, 1).x_shape == Shape{6, 1});
  const Samples rows = load_with(1, {1, 3});
  CHECK(rows.x_shape == Shape{8, 3});
  const std::vector<double> numbers = values(*rows.x);
  CHECK(std::vector<double>(numbers.begin(), numbers.begin() + 9) == std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("standardised samples have mean 0 and deviation 1, over what is taken") {
  const TemporaryFolder folder;
  write_plain(folder / "images", idx_bytes({0x803, 9, 8, 8}, 9 * 64));
  write_plain(folder / "labels", idx_bytes({0x801, 9}, 9));
  const Samples samples = load_idx(folder / "images", folder / "labels", {.samples = 7, .pool = 2, .patch = 2});
  const std::vector<double> x = values(*samples.x);
  REQUIRE(x.size() == 7 * 16);
  const double n = static_cast<double>(x.size());
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double squares = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / n;
  CHECK(std::abs(mean) < 1e-14);
  CHECK(std::abs(squares - 1.0) < 1e-13);
}

TEST_CASE("CIFAR-10 records become images with the channel fastest, over several files and any number of records") {
  const TemporaryFolder folder;
  write_plain(folder / "data_batch_1.bin", cifar_bytes(3));
  write_plain(folder / "data_batch_2.bin", cifar_bytes(2));
  ImageOptions options = kRaw;
  options.samples = 4;
  const Samples samples = load_cifar_folder(folder.path(), options);
  CHECK(samples.count == 4);
  CHECK(values(*samples.y) == std::vector<double>{0, 1, 2, 0});
  CHECK(samples.classes == 10);
  CHECK(samples.x_shape == Shape{3072});
  // Image 2, row 5, column 7, the three channels.
  const std::size_t at = 2 * 3072 + (5 * 32 + 7) * 3;
  CHECK(values(*samples.x)[at] == 3 * 5 + 7 + 2);
  CHECK(values(*samples.x)[at + 1] == 100 + 3 * 5 + 7 + 2);
  CHECK(values(*samples.x)[at + 2] == 200 + 3 * 5 + 7 + 2);

  options.patch = 8;
  const Samples tokens =
      load_cifar({folder / "data_batch_1.bin"}, {.samples = 3, .pool = 2, .patch = 8, .standardise = false});
  CHECK(tokens.x_shape == Shape{4, 192});
  // Image 1, token 3 (lower right), row 2, column 5 in the patch: pooled pixel (10, 13), the mean of pixels 20, 21 x
  // 26, 27.
  const double pooled = (3 * 20 + 26 + 3 * 20 + 27 + 3 * 21 + 26 + 3 * 21 + 27) / 4.0 + 1;
  CHECK(values(*tokens.x)[1 * 768 + 3 * 192 + (2 * 8 + 5) * 3 + 0] == pooled);
  CHECK(values(*tokens.x)[1 * 768 + 3 * 192 + (2 * 8 + 5) * 3 + 1] == pooled + 100);
}

TEST_CASE("Fashion-MNIST's first images are what a computation by hand says") {
  if (fashion_mnist_is_missing()) return;
  const Samples raw = load_fashion_mnist({.samples = 12, .pool = 1, .patch = 0, .standardise = false});
  CHECK(values(*raw.y) == std::vector<double>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9});
  CHECK(raw.classes == 10);
  CHECK(raw.x_shape == Shape{784});
  const std::vector<double> row_10{0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   193,
                                   228, 218, 213, 198, 180, 212, 210, 211, 213, 223, 220, 243, 202, 0};
  const std::vector<double> pixels = values(*raw.x);
  CHECK(std::vector<double>(pixels.begin() + 280, pixels.begin() + 308) == row_10);

  // Sums of the 4 x 4 squares of the first image, an ankle boot.
  const std::vector<double> sums{0,    0,    0,    14,   74,   4,    2,    0,    0,    1,    1377, 2281, 900,
                                 790,  0,    0,    7,    2590, 3430, 3329, 2538, 8,    15,   421,  3306, 3492,
                                 3526, 2282, 1848, 2899, 3407, 2966, 3240, 3439, 2764, 2120, 3098, 3169, 3327,
                                 3384, 3080, 2669, 2,    765,  1188, 913,  734,  691,  157};
  const Samples pooled = load_fashion_mnist({.samples = 1, .pool = 4, .patch = 0, .standardise = false});
  REQUIRE(values(*pooled.x).size() == 49);
  for (std::size_t i = 0; i < 49; ++i) CHECK(values(*pooled.x)[i] == sums[i] / 16);

  // Three images, pooled by 2, in 4 tokens of 7 x 7, standardised from mean 80.5727… and deviation 87.2222….
  const Samples tokens = load_fashion_mnist({.samples = 3, .pool = 2, .patch = 7});
  CHECK(tokens.x_shape == Shape{4, 49});
  CHECK(std::abs(values(*tokens.x)[0 * 196 + 1 * 49 + 10] - -0.9122986922622908) < 1e-13);
  CHECK(std::abs(values(*tokens.x)[1 * 196 + 2 * 49 + 0] - -0.9237636626034567) < 1e-13);
  CHECK(std::abs(values(*tokens.x)[0 * 196 + 2 * 49 + 24] - 1.4007590740679337) < 1e-13);
}

TEST_CASE("IDX files are found with a dot or a dash, and each plain or packed") {
  const ByteVector images = idx_bytes({0x803, 3, 2, 2}, 12), labels = idx_bytes({0x801, 3}, 3);
  for (const char* image_name : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"})
    for (const char* label_name : {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"})
      for (const bool images_packed : {false, true})
        for (const bool labels_packed : {false, true}) {
          const TemporaryFolder folder;
          const auto write = [&](std::string name, const ByteVector& bytes, bool packed) {
            if (packed) name += ".gz";
            packed ? write_gzip(folder / name, bytes) : write_plain(folder / name, bytes);
            return (folder / name).string();
          };
          const std::string file = write(image_name, images, images_packed);
          write(label_name, labels, labels_packed);
          INFO(file << " with " << label_name);
          CHECK(load(folder.path().string(), {}).count == 3);
          CHECK(values(*load(file, {}).y) == std::vector<double>{0, 1, 2});
        }
}

TEST_CASE("data are found by name, by folder and by file") {
  const TemporaryFolder folder;
  write_gzip(folder / "train-images-idx3-ubyte.gz", idx_bytes({0x803, 3, 2, 2}, 12));
  write_plain(folder / "train-labels-idx1-ubyte", idx_bytes({0x801, 3}, 3));
  write_plain(folder / "t10k-images-idx3-ubyte", idx_bytes({0x803, 2, 2, 2}, 8));
  write_plain(folder / "t10k-labels-idx1-ubyte", idx_bytes({0x801, 2}, 2));
  write_plain(folder / "some.bin", cifar_bytes(2));
  CHECK(load(folder.path().string(), {}).count == 3);
  CHECK(load((folder / "t10k-images-idx3-ubyte").string(), {}).count == 2);
  CHECK(load((folder / "some.bin").string(), {}).x_shape == Shape{3072});
  CHECK(load(std::string(INVAR_TESTS) + "/reference/SwiGLU.h5", {}).count == 16);
  if (!fashion_mnist_is_missing()) CHECK(load("fashion-mnist", {.samples = 2}).count == 2);
}
