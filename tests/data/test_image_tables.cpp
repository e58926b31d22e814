// Tables of images in HDF5: their pixels are those of the table, wherever it lies, and what is no such table is refused
// with what to do.
#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>

#include "data/image_tables.h"
#include "data/source.h"
#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;
using invar::InputError;
namespace hdf5 = invar::hdf5;

namespace {

constexpr ImageOptions kRaw{.samples = 0, .pool = 1, .patch = 0, .standardise = false};

std::vector<std::uint8_t> some_pixels(std::size_t count) {
  std::vector<std::uint8_t> pixels(count);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{3});
  return pixels;
}

std::size_t elements_of(const Shape& shape) {
  return static_cast<std::size_t>(elements(shape));
}

void write_labels(const hdf5::File& file, std::int64_t count) {
  std::vector<std::int64_t> labels(static_cast<std::size_t>(count));
  std::iota(labels.begin(), labels.end(), 0);
  file.write<std::int64_t>("labels", {count}, labels);
}

/// A table of 8-bit images of this shape.
std::filesystem::path write_table(const std::filesystem::path& path, const Shape& shape) {
  const hdf5::File file = hdf5::File::create(path);
  file.write<std::uint8_t>("images", shape, some_pixels(elements_of(shape)));
  write_labels(file, shape.front());
  return path;
}

std::string message_for(const std::filesystem::path& path) {
  return message_of<InputError>([&] { load(path.string(), kRaw); });
}

}  // namespace

TEST_CASE("images behind a link to another file are the images of that file") {
  const TemporaryFolder folder;
  const Shape shape{4, 3, 2, 1};
  const std::vector<std::uint8_t> pixels = some_pixels(24);
  {
    const hdf5::File file = hdf5::File::create(folder / "there.h5");
    file.write<double>("before", {1000}, std::vector<double>(1000, 7.0));
    file.write<std::uint8_t>("deep/pixels", shape, pixels);
  }
  {
    const hdf5::File file = hdf5::File::create(folder / "here.h5");
    H5Lcreate_external("there.h5", "/deep/pixels", file.id(), "images", H5P_DEFAULT, H5P_DEFAULT);
    file.write<double>("other", {5000}, std::vector<double>(5000, 1e-3));  // what would be read in its place
    write_labels(file, 4);
  }
  CHECK(values(*load((folder / "here.h5").string(), kRaw).x) == std::vector<double>(pixels.begin(), pixels.end()));
  std::filesystem::remove(folder / "there.h5");
  CHECK_THAT(message_for(folder / "here.h5"), Contains("/images: is a link to /deep/pixels of the file there.h5"));
}

TEST_CASE("images and labels that were never written are refused") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "a.h5");
    file.create_dataset("images", hdf5::Type::of<std::uint8_t>(), {4, 3, 2, 1});
    write_labels(file, 4);
  }
  CHECK_THAT(message_for(folder / "a.h5"), Contains("/images: was made but never written"));
  {
    const hdf5::File file = hdf5::File::create(folder / "b.h5");
    file.write<std::uint8_t>("images", {4, 3, 2, 1}, some_pixels(24));
    file.create_dataset("labels", hdf5::Type::of<std::int64_t>(), {4});
  }
  CHECK_THAT(message_for(folder / "b.h5"), Contains("/labels: was made but never written"));
}

TEST_CASE("a table whose file is written to while its images are read is refused") {
  const TemporaryFolder folder;
  const std::filesystem::path path = write_table(folder / "a.h5", {200, 224, 224, 1});
  const Samples samples = load(path.string(), kRaw);
  std::vector<double> image(224 * 224);
  samples.x->read(199, image.data());
  const auto later = std::filesystem::last_write_time(path) + std::chrono::seconds(1);
  write_table(path, {200, 224, 224, 1});
  std::filesystem::last_write_time(path, later);
  CHECK_THAT(message_of<InputError>([&] { samples.x->read(199, image.data()); }), Contains("written to"));
}

TEST_CASE("one label beyond all others is a slip and not so many classes") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "a.h5");
    file.write<std::uint8_t>("images", {4, 3, 2, 1}, some_pixels(24));
    file.write<std::int64_t>("labels", {4}, std::vector<std::int64_t>{0, 1, 1'000'000, 2});
  }
  CHECK_THAT(message_for(folder / "a.h5"), Contains("the largest of 4 labels is 1000000") && Contains("numpy.unique"));
}

TEST_CASE("a shape that is none of images with channels last is refused with what to do") {
  const TemporaryFolder folder;
  for (const Shape& shape : {Shape{2, 3, 8, 8}, Shape{2, 1, 8, 8}, Shape{2, 4, 6, 5}, Shape{2, 2, 8, 9},
                             Shape{2, 2, 8, 8}, Shape{2, 12, 7, 7}})
    CHECK_THAT(message_for(write_table(folder / "chw.h5", shape)),
               Contains("[N, channels, rows, columns]") && Contains("transpose(0, 2, 3, 1)"));
  for (const Shape& shape :
       {Shape{2, 3, 8, 3}, Shape{2, 8, 8, 3}, Shape{2, 3, 2, 1}, Shape{2, 1, 6, 4}, Shape{2, 8, 8, 13}})
    CHECK(load(write_table(folder / "hwc.h5", shape).string(), kRaw).image_shape ==
          Shape(shape.begin() + 1, shape.end()));
  CHECK_THAT(message_for(write_table(folder / "grey.h5", {2, 8, 8})), Contains("[2, 8, 8]") && Contains("[..., None]"));
  CHECK_THAT(message_for(write_table(folder / "flat.h5", {2, 64})), Contains("[2, 64]") && Contains("/data/x"));
}

TEST_CASE("images without labels, or with another number of them, are refused") {
  const TemporaryFolder folder;
  hdf5::File::create(folder / "a.h5").write<std::uint8_t>("images", {2, 2, 2, 1}, some_pixels(8));
  CHECK_THAT(message_for(folder / "a.h5"), Contains("/labels is missing"));
  {
    const hdf5::File file = hdf5::File::create(folder / "b.h5");
    file.write<std::uint8_t>("images", {2, 2, 2, 1}, some_pixels(8));
    file.write<std::int64_t>("labels", {2, 1}, std::vector<std::int64_t>{0, 1});
  }
  CHECK_THAT(message_for(folder / "b.h5"), Contains("/labels has the shape [2, 1]") && Contains("label each, [2]"));
}

TEST_CASE("images in floating point are refused with what to do") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "a.h5");
    file.write<float>("images", {1, 2, 2, 1}, std::vector<float>{0.0F, 0.5F, 1.0F, 0.25F});
    write_labels(file, 1);
  }
  CHECK_THAT(message_for(folder / "a.h5"),
             Contains("/images: holds floating-point numbers") && Contains("255 * images"));
}

TEST_CASE("a file of images and of numbers does not say which are the data") {
  const TemporaryFolder folder;
  {
    const hdf5::File file = hdf5::File::create(folder / "a.h5");
    file.write<std::uint8_t>("images", {1, 2, 2, 1}, some_pixels(4));
    write_labels(file, 1);
    file.write<double>("data/x", {1, 4}, std::vector<double>(4, 1.0));
  }
  CHECK_THAT(message_for(folder / "a.h5"), Contains("/images and /data/x"));
}

TEST_CASE("pixels that netCDF's attributes say are none are refused") {
  const TemporaryFolder folder;
  const std::filesystem::path path = write_table(folder / "a.h5", {2, 2, 2, 1});
  const auto with = [&](const char* name, std::int64_t value) {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    hdf5::Dataset(hdf5::Handle(H5Dopen2(file.id(), "images", H5P_DEFAULT)), {}).set_attribute(name, value);
  };
  with("_FillValue", 255);
  CHECK(values(*load(path.string(), kRaw).x).front() == 3.0);
  with("valid_max", 9);
  CHECK_THAT(message_for(path), Contains("/images: its element 7 is 10"));
}
