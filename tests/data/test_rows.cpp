// Rows that are read from files when they are asked for, against the numbers computed here from the files' bytes all at
// once: the same bits.
#include <zlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "data/cifar.h"
#include "data/idx.h"
#include "data/image_tables.h"
#include "data/text.h"
#include "error.h"
#include "hdf5/file.h"
#include "tests/data/image_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

namespace {

/// Pixels [count, rows, columns, channels] to samples, all images at a time.
std::vector<double> all_at_once(const ByteVector& pixels, std::int64_t count, std::int64_t rows, std::int64_t columns,
                                std::int64_t channels, const ImageOptions& options) {
  const std::int64_t pool = options.pool, height = rows / pool, width = columns / pool;
  std::vector<double> means;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t r = 0; r < height; ++r)
      for (std::int64_t c = 0; c < width; ++c)
        for (std::int64_t k = 0; k < channels; ++k) {
          int sum = 0;
          for (std::int64_t u = 0; u < pool * pool; ++u)
            sum += pixels[static_cast<std::size_t>(
                ((i * rows + r * pool + u / pool) * columns + c * pool + u % pool) * channels + k)];
          means.push_back(sum / static_cast<double>(pool * pool));
        }
  double sum = 0.0, squares = 0.0;
  const auto size = static_cast<double>(means.size());
  for (const double value : means) sum += value;
  const double mean = sum / size;
  for (const double value : means) squares += (value - mean) * (value - mean);
  const double deviation = std::sqrt(squares / size);
  for (double& value : means) value = (value - mean) / deviation;
  if (options.patch.none()) return means;
  std::vector<double> tokens;
  const Patch& patch = options.patch;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t t = 0; t < height / patch.rows * (width / patch.columns); ++t)
      for (std::int64_t u = 0; u < patch.rows; ++u)
        for (std::int64_t v = 0; v < patch.columns * channels; ++v) {
          const std::int64_t row = t / (width / patch.columns) * patch.rows + u,
                             begin = t % (width / patch.columns) * patch.columns * channels;
          tokens.push_back(means[static_cast<std::size_t>((i * height + row) * width * channels + begin + v)]);
        }
  return tokens;
}

/// How many inputs are not these numbers: millions, which no message should hold.
std::size_t different(const Samples& samples, const std::vector<double>& expected) {
  const std::vector<double> x = values(*samples.x);
  if (x.size() != expected.size()) return std::max(x.size(), expected.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) count += x[i] == expected[i] ? 0 : 1;
  return count;
}

ByteVector random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  ByteVector bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Of these shapes more images than are kept as numbers (32 MB).
constexpr std::int64_t kMany = 1500;

const ImageOptions kOptions[] = {{}, {.pool = 2}, {.patch = {4, 8}}, {.pool = 2, .patch = 8}};

}  // namespace

TEST_CASE("images read from a CIFAR-10 file have the bits of those computed all at once") {
  const TemporaryFolder folder;
  ByteVector file = random_bytes(kMany * 3073, 1), pixels;
  for (std::size_t i = 0; i < kMany; ++i) {
    file[i * 3073] = static_cast<std::uint8_t>(i % 10);
    for (std::size_t pixel = 0; pixel < 1024; ++pixel)
      for (std::size_t c = 0; c < 3; ++c) pixels.push_back(file[i * 3073 + 1 + c * 1024 + pixel]);
  }
  write_plain(folder / "all.bin", file);
  write_gzip(folder / "all.bin.gz", file);
  write_plain(folder / "first.bin", {file.begin(), file.begin() + 700 * 3073});
  write_plain(folder / "rest.bin", {file.begin() + 700 * 3073, file.end()});
  for (const ImageOptions& options : kOptions) {
    const std::vector<double> expected = all_at_once(pixels, kMany, 32, 32, 3, options);
    CHECK(different(load_cifar({folder / "all.bin"}, options), expected) == 0);
    CHECK(different(load_cifar({folder / "all.bin.gz"}, options), expected) == 0);
    CHECK(different(load_cifar({folder / "first.bin", folder / "rest.bin"}, options), expected) == 0);
  }
}

TEST_CASE("images read from IDX and HDF5 files have the bits of those computed all at once") {
  const TemporaryFolder folder;
  const std::int64_t count = 5000, rows = 28, columns = 32;
  const ByteVector pixels = random_bytes(static_cast<std::size_t>(count * rows * columns), 2);
  ByteVector file;
  for (const std::uint32_t word : {0x803U, 5000U, 28U, 32U}) append_big_endian(file, word);
  file.insert(file.end(), pixels.begin(), pixels.end());
  write_plain(folder / "images", file);
  write_plain(folder / "labels", idx_bytes({0x801, 5000}, 5000, 10));
  {
    const hdf5::File table = hdf5::File::create(folder / "table.h5");
    table.write<std::uint8_t>("/images", {count, rows, columns, 1}, pixels);
    table.write<std::int64_t>("/labels", {count}, std::vector<std::int64_t>(static_cast<std::size_t>(count), 1));
    const hdf5::File wide = hdf5::File::create(folder / "wide.h5");
    wide.write<std::int32_t>("/images", {count, rows, columns, 1},
                             std::vector<std::int32_t>(pixels.begin(), pixels.end()));
    wide.write<std::int64_t>("/labels", {count}, std::vector<std::int64_t>(static_cast<std::size_t>(count), 1));
  }
  const ImageOptions options{.patch = {7, 8}};
  const std::vector<double> expected = all_at_once(pixels, count, rows, columns, 1, options);
  CHECK(different(load_idx(folder / "images", folder / "labels", options), expected) == 0);
  CHECK(different(load_image_table(folder / "table.h5", options), expected) == 0);
  CHECK(different(load_image_table(folder / "wide.h5", options), expected) == 0);
  for (const std::int32_t beyond : {-1, 256, 4095}) {
    {
      const hdf5::File wide = hdf5::File::create(folder / "beyond.h5");
      wide.write<std::int32_t>("/images", {1, 2, 2, 1}, std::vector<std::int32_t>{0, 255, beyond, 7});
      wide.write<std::int64_t>("/labels", {1}, std::vector<std::int64_t>{1});
    }
    CHECK_THROWS_WITH(load_image_table(folder / "beyond.h5", {}),
                      Catch::Contains("pixel " + std::to_string(beyond)) && Catch::Contains("0 to 255"));
    std::filesystem::remove(folder / "beyond.h5");
  }
}

TEST_CASE("a file of images that is cut off or written to while it is read says so") {
  const TemporaryFolder folder;
  const ByteVector bytes = cifar_bytes(static_cast<int>(kMany));
  std::vector<double> row(3072);
  const auto message_after = [&](const auto& change) {
    write_plain(folder / "all.bin", bytes);
    const Samples samples = load_cifar({folder / "all.bin"}, {});
    samples.x->read(kMany - 1, row.data());
    change();
    return message_of<InputError>([&] { samples.x->read(99, row.data()); });
  };
  CHECK_THAT(message_after([&] { std::filesystem::resize_file(folder / "all.bin", 100 * 3073); }),
             Contains("all.bin") && Contains("shorter"));
  CHECK_THAT(message_after([&] {
               write_plain(folder / "all.bin", bytes);
               const auto later = std::filesystem::last_write_time(folder / "all.bin") + std::chrono::seconds(1);
               std::filesystem::last_write_time(folder / "all.bin", later);
             }),
             Contains("all.bin") && Contains("written to"));
}

TEST_CASE("a file of images that gives way to another of its name is read on") {
  const TemporaryFolder folder;
  write_plain(folder / "all.bin", cifar_bytes(static_cast<int>(kMany)));
  const Samples samples = load_cifar({folder / "all.bin"}, {});
  std::vector<double> row(3072), again(3072);
  samples.x->read(99, row.data());
  write_plain(folder / "other.bin", cifar_bytes(3));
  std::filesystem::rename(folder / "other.bin", folder / "all.bin");
  samples.x->read(99, again.data());
  CHECK(again == row);
}

TEST_CASE("a text longer than what is read at a time has the tokens of the whole") {
  const TemporaryFolder folder;
  std::mt19937 random(4);
  std::string text;
  std::vector<std::string> words;
  while (text.size() < 2500000) {
    std::string word;
    for (unsigned letter = 0; letter < 1 + random() % 5; ++letter)
      word += random() % 3 == 0 ? "é" : "ab€c" + random() % 2;
    words.push_back(word);
    text += word;
    if (random() % 9 != 0) {
      text += random() % 2 == 0 ? " " : "\t  ";
    } else {
      text += "\n";
      words.emplace_back("<eos>");
    }
  }
  words.emplace_back("<eos>");
  text += "end";
  words.insert(words.end() - 1, "end");
  write_plain(folder / "a.txt", {text.begin(), text.end()});
  Vocabulary vocabulary, characters;
  const Samples samples = load_text(folder / "a.txt", {Tokenizer::words, 1, 0}, vocabulary);
  const std::vector<double> x = values(*samples.x), y = values(*samples.y);
  REQUIRE(x.size() == words.size() - 1);
  bool same = true;
  for (std::size_t i = 0; i < x.size(); ++i)
    same = same && vocabulary.names()[static_cast<std::size_t>(x[i])] == words[i] &&
           vocabulary.names()[static_cast<std::size_t>(y[i])] == words[i + 1];
  CHECK(same);
  std::string again;
  const Samples letters = load_text(folder / "a.txt", {Tokenizer::characters, 1, 0}, characters);
  for (const double token : values(*letters.x)) again += characters.names()[static_cast<std::size_t>(token)];
  CHECK((again + "d" == text));
}

TEST_CASE("one pass tells the largest number, its row, and the check sum of all numbers") {
  const std::vector<double> numbers{1.0, -2.5, 0.5, -7.0, 7.0, 3.0};
  const SharedRows rows = rows_of(3, numbers);
  CHECK(rows->summary().largest == 7.0);
  CHECK(rows->summary().at == 1);
  CHECK(rows->summary().crc == crc32_z(0, reinterpret_cast<const unsigned char*>(numbers.data()), 48));
  CHECK(rows->summary().bytes == 48);
}

TEST_CASE("one-hot rows are zeros and a one in every label's place") {
  std::mt19937 random(5);
  for (const std::int64_t classes : {1, 2, 7}) {
    std::vector<double> labels, expected;
    for (int i = 0; i < 60; ++i) {
      labels.push_back(static_cast<double>(random() % static_cast<unsigned>(classes)));
      for (std::int64_t c = 0; c < classes; ++c)
        expected.push_back(static_cast<double>(c) == labels.back() ? 1.0 : 0.0);
    }
    for (const std::int64_t count : {60, 12, 1})
      CHECK(values(*one_hot_rows(rows_of(count, labels), classes)) == expected);
  }
}
