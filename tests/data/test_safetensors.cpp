// Weights in files: what is saved comes back, half formats against their definition, and damage is told.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <random>

#include "data/safetensors.h"
#include "error.h"
#include "tests/data/image_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

namespace {

ByteVector file_of(const std::string& header, const std::vector<std::uint8_t>& data) {
  ByteVector bytes;
  for (std::uint64_t length = header.size(), byte = 0; byte < 8; ++byte, length >>= 8)
    bytes.push_back(static_cast<std::uint8_t>(length & 255));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

}  // namespace

TEST_CASE("saved weights come back: every bit in double, rounded once in float") {
  const TemporaryFolder folder;
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> draw(-3.0, 3.0);
  std::vector<NamedTensor> tensors = {{"a.W", {3, 5}, {}}, {"b \"quoted\" θ", {}, {}}, {"c", {2, 0, 4}, {}}};
  for (NamedTensor& tensor : tensors)
    for (std::int64_t i = 0; i < elements(tensor.shape); ++i) tensor.values.push_back(draw(engine));
  for (const WeightFormat format : {WeightFormat::float64, WeightFormat::float32}) {
    const auto path = folder / "deep/w.safetensors";
    save_safetensors(path, tensors, format, {{"model", "x"}});
    CHECK(std::filesystem::file_size(path) % 4 == 0);
    const std::vector<NamedTensor> found = load_safetensors(path);
    REQUIRE(found.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(found[i].name == tensors[i].name);
      CHECK(found[i].shape == tensors[i].shape);
      REQUIRE(found[i].values.size() == tensors[i].values.size());
      for (std::size_t k = 0; k < found[i].values.size(); ++k)
        CHECK(found[i].values[k] == (format == WeightFormat::float64
                                         ? tensors[i].values[k]
                                         : static_cast<double>(static_cast<float>(tensors[i].values[k]))));
    }
  }
}

TEST_CASE("half formats have the values of their definition") {
  const TemporaryFolder folder;
  // 1, −2, the least subnormal, the largest number of F16; 1, −3.140625 of BF16.
  const std::vector<std::uint8_t> data = {0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0xFF, 0x7B, 0x80, 0x3F, 0x49, 0xC0};
  write_plain(folder / "h.safetensors", file_of(R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                                                R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})",
                                                data));
  const std::vector<NamedTensor> found = load_safetensors(folder / "h.safetensors");
  CHECK(found[0].values == std::vector<double>{1.0, -3.140625});
  CHECK(found[1].values == std::vector<double>{1.0, -2.0, std::ldexp(1.0, -24), 65504.0});
}

TEST_CASE("a damaged file of weights says what is wrong with it") {
  const TemporaryFolder folder;
  const auto refused = [&](const ByteVector& bytes, const std::string& text) {
    write_plain(folder / "d.safetensors", bytes);
    CHECK_THROWS_WITH(load_safetensors(folder / "d.safetensors"), Contains("d.safetensors") && Contains(text));
  };
  refused({1, 2, 3}, "3 bytes");
  refused({255, 255, 255, 255, 255, 255, 255, 255, 0}, "header of");
  refused(file_of("{\"a\":", {}), "damaged");
  refused(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", {0, 0, 0, 0}), "beyond the end");
  refused(file_of(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", ByteVector(8)), "does not fit");
  refused(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", ByteVector(12)), "take 8 bytes");
  refused(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                  ByteVector(8)),
          "take 16 bytes");
  refused(file_of(R"({"a":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}})", ByteVector(8)), "type I8");
  refused(file_of(R"({"a":{"dtype":"F64","shape":[99999999999,99999999999],"data_offsets":[0,8]}})", ByteVector(8)),
          "more than the file holds");
  CHECK_THROWS_WITH(load_safetensors(folder / "none.safetensors"), Contains("cannot be read"));
}
