// Every damaged or unfit file of images is refused with its name, what is wrong, and what to do.
#include <catch2/catch.hpp>

#include "data/cifar.h"
#include "data/idx.h"
#include "data/source.h"
#include "error.h"
#include "tests/data/image_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;
using invar::InputError;

namespace {

const ByteVector kImages = idx_bytes({0x803, 50, 28, 28}, 50 * 784);
const ByteVector kLabels = idx_bytes({0x801, 50}, 50, 10);
const std::string kRemedy = "get a complete copy of the file";

/// The message that loading these images (two samples of them) and labels gives.
std::string message_for(const ByteVector& images, const ByteVector& labels, ImageOptions options = {.samples = 2}) {
  const TemporaryFolder folder;
  write_plain(folder / "images", images);
  write_plain(folder / "labels", labels);
  return message_of<InputError>([&] { load_idx(folder / "images", folder / "labels", options); });
}

ByteVector cut(ByteVector bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

ByteVector packed(const ByteVector& bytes) {
  const TemporaryFolder folder;
  write_gzip(folder / "a.gz", bytes);
  return file_bytes(folder / "a.gz");
}

ByteVector flipped(ByteVector bytes, std::size_t at) {
  bytes.at(at) ^= 0xFF;
  return bytes;
}

}  // namespace

TEST_CASE("IDX files that are cut off are refused, also behind the samples taken") {
  for (const std::size_t size : {0UL, 3UL, 10UL, 15UL}) {
    CHECK_THAT(message_for(cut(kImages, size), kLabels),
               Contains("images") && Contains("in the header") && Contains(kRemedy));
  }
  for (const std::size_t size : {16UL, 1000UL, kImages.size() - 1}) {
    CHECK_THAT(message_for(cut(kImages, size), kLabels),
               Contains("/images: ends after " + std::to_string(size) + " bytes") && Contains("[50, 28, 28]") &&
                   Contains(kRemedy));
  }
  CHECK_THAT(message_for(kImages, cut(kLabels, 57)), Contains("/labels: ends after 57 bytes") && Contains(kRemedy));
  CHECK_THAT(message_for(kImages, cut(kLabels, 7)), Contains("/labels: ends after 7 bytes, in the header"));
}

TEST_CASE("IDX files with a wrong magic, size or partner are refused") {
  CHECK_THAT(message_for(kLabels, kLabels), Contains("/images: begins with 0x00000801 (these are labels)") &&
                                                Contains("an IDX file of images with 0x00000803"));
  CHECK_THAT(message_for(kImages, kImages), Contains("/labels: begins with 0x00000803 (these are images)"));
  CHECK_THAT(message_for(flipped(kImages, 2), kLabels), Contains("/images: begins with 0x0000f703"));
  CHECK_THAT(message_for(idx_bytes({0x803, 50, 0, 28}, 0), kLabels), Contains("its header says [50, 0, 28] pixels"));
  CHECK_THAT(message_for(idx_bytes({0x803, 50, 0xFFFFFFFF, 28}, 100), kLabels), Contains("[50, 4294967295, 28]"));
  CHECK_THAT(message_for(kImages, idx_bytes({0x801, 0}, 0)), Contains("its header says 0 labels"));
  for (const std::uint32_t labels : {49U, 4000000000U})  // before they are read
    CHECK_THAT(message_for(kImages, idx_bytes({0x801, labels}, 50)),
               Contains("says 50 images") && Contains("says " + std::to_string(labels) + " labels") &&
                   Contains("belong together"));
  ByteVector longer = kImages;
  longer.push_back(0);
  CHECK_THAT(message_for(longer, kLabels), Contains("holds more than the [50, 28, 28] pixels"));
}

TEST_CASE("gzip streams that are cut off or damaged are refused, also behind the samples taken") {
  const ByteVector whole = packed(kImages);
  REQUIRE(whole.size() > 200);
  CHECK_THAT(message_for(cut(whole, whole.size() / 2), kLabels),
             Contains("gzip stream is cut off at byte " + std::to_string(whole.size() / 2)) && Contains(kRemedy));
  CHECK_THAT(message_for(cut(whole, whole.size() - 4), kLabels),
             Contains("gzip stream is cut off at byte " + std::to_string(whole.size() - 4)));
  CHECK_THAT(message_for(cut(whole, 5), kLabels), Contains("/images"));
  CHECK_THAT(message_for(flipped(whole, whole.size() - 6), kLabels),
             Contains("gzip stream is damaged") && Contains("incorrect data check"));
  CHECK_THAT(message_for(flipped(whole, 2), kLabels), Contains("gzip stream is damaged") && Contains(kRemedy));
  const ByteVector labels = packed(kLabels);
  CHECK_THAT(message_for(kImages, cut(labels, labels.size() - 9)), Contains("/labels: the gzip stream is cut off"));
}

TEST_CASE("options that do not fit the images are refused with those that do") {
  CHECK_THAT(message_for(kImages, kLabels, {.samples = 51}),
             Contains("samples = 51") && Contains("holds 50") && Contains("at most 50"));
  CHECK_THAT(message_for(kImages, kLabels, {.samples = -1}), Contains("samples = -1"));
  CHECK_THAT(message_for(kImages, kLabels, {.pool = 3}),
             Contains("pool = 3") && Contains("choose one of 1, 2, 4, 7, 14, 28"));
  CHECK_THAT(message_for(kImages, kLabels, {.pool = 0}), Contains("pool = 0"));
  CHECK_THAT(
      message_for(kImages, kLabels, {.pool = 4, .patch = 4}),
      Contains("patch = 4") && Contains("7 x 7 pixels") && Contains("pooled by 4") && Contains("choose one of 1, 7"));
  CHECK_THAT(message_for(kImages, kLabels, {.patch = -7}), Contains("patch = -7"));
  CHECK_THAT(message_for(idx_bytes({0x803, 2, 2, 2}, 8, 1), idx_bytes({0x801, 2}, 2)),
             Contains("cannot be standardised"));
}

TEST_CASE("CIFAR-10 files of a wrong size or with unknown labels are refused") {
  const TemporaryFolder folder;
  const auto message = [&](const ByteVector& bytes, ImageOptions options) {
    write_plain(folder / "batch.bin", bytes);
    return message_of<InputError>([&] { load_cifar({folder / "batch.bin"}, options); });
  };
  CHECK_THAT(message({}, {}), Contains("batch.bin: is empty"));
  CHECK_THAT(message(cut(cifar_bytes(3), 3 * 3073 - 1), {.samples = 1}),
             Contains("batch.bin: holds 9218 bytes, no multiple of the 3073 of a record"));
  ByteVector wrong = cifar_bytes(3);
  wrong[2 * 3073] = 10;
  CHECK_THAT(message(wrong, {.samples = 1}), Contains("record 2 has label 10"));
  CHECK_THAT(message(cifar_bytes(3), {.samples = 4}), Contains("samples = 4") && Contains("holds 3"));
  CHECK_THAT(message(cifar_bytes(1), {.pool = 5}), Contains("choose one of 1, 2, 4, 8, 16, 32"));
  CHECK_THAT(message_of<InputError>([&] { load_cifar_folder(folder.path(), {}); }), Contains("data_batch_1.bin"));
}

TEST_CASE("data that are not there are refused with what can be given") {
  const TemporaryFolder folder;
  CHECK_THAT(message_of<InputError>([&] { load_fashion_mnist({}, folder / "absent"); }),
             Contains("absent") && Contains("Fashion-MNIST") && Contains("apt-get install dataset-fashion-mnist"));
  CHECK_THAT(message_of<InputError>([&] { load((folder / "absent").string(), {}); }),
             Contains("no such file") && Contains("fashion-mnist"));
  CHECK_THAT(message_of<InputError>([&] { load(folder.path().string(), {}); }), Contains("train-images-idx3-ubyte"));
  write_plain(folder / "a.png", {1, 2, 3});
  CHECK_THAT(message_of<InputError>([&] { load((folder / "a.png").string(), {}); }), Contains("its kind is not known"));
  for (const char* name : {"a.npy", "a.npz"}) {
    write_plain(folder / name, {1, 2, 3});
    CHECK_THAT(message_of<InputError>([&] { load((folder / name).string(), {}); }),
               Contains("NumPy") && Contains("f['data/x'] = x"));
  }
  CHECK_THAT(message_of<InputError>([&] { load(std::string(INVAR_TESTS) + "/reference/SwiGLU.h5", {.patch = 2}); }),
             Contains("pool and patch are for images"));
  write_plain(folder / "a-images-idx3-ubyte", kImages);
  CHECK_THAT(message_of<InputError>([&] { load((folder / "a-images-idx3-ubyte").string(), {}); }),
             Contains("a-labels-idx1-ubyte: there is no such file") && Contains("a-labels.idx1-ubyte"));
}
