// Weights in files: what is saved comes back, half formats against their definition, integers, links.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <random>

#include "data/safetensors.h"
#include "error.h"
#include "tests/data/weight_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

TEST_CASE("saved weights come back: every bit in double, rounded once in float") {
  const TemporaryFolder folder;
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> draw(-3.0, 3.0);
  std::vector<NamedTensor> tensors = {{"a.W", {3, 5}, {}}, {"b \"quoted\" θ", {}, {}}, {"c", {2, 0, 4}, {}}};
  for (NamedTensor& tensor : tensors)
    for (std::int64_t i = 0; i < elements(tensor.shape); ++i) tensor.values.push_back(draw(engine));
  for (const WeightFormat format : {WeightFormat::float64, WeightFormat::float32}) {
    const auto path = folder / "deep/w.safetensors";
    std::vector<SavedTensor> saved;
    for (const NamedTensor& tensor : tensors) saved.push_back({tensor, format});
    save_safetensors(path, saved, {{"model", "x"}});
    CHECK(std::filesystem::file_size(path) % 4 == 0);
    const std::vector<WeightTensor> found = load_safetensors(path);
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
  write_plain(folder / "h.safetensors", safetensors_bytes(R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                                                          R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]}})",
                                                          data));
  const std::vector<WeightTensor> found = load_safetensors(folder / "h.safetensors");
  CHECK(found[0].values == std::vector<double>{1.0, -3.140625});
  CHECK(found[1].values == std::vector<double>{1.0, -2.0, std::ldexp(1.0, -24), 65504.0});
}

TEST_CASE("integers are read as the numbers that they are, and told apart") {
  const TemporaryFolder folder;
  write_plain(
      folder / "i.safetensors",
      safetensors_bytes("{" + entry("byte", "[0,2]", "[2]", "U8") + "," + entry("index", "[2,18]", "[2]", "I64") + "}",
                        {7, 255, 0xFE, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0, 0, 0, 0, 0}));
  const std::vector<WeightTensor> found = load_safetensors(folder / "i.safetensors");
  CHECK(found[0].values == std::vector<double>{7.0, 255.0});
  CHECK(found[1].values == std::vector<double>{-2.0, 3.0});
  CHECK((found[0].integers && found[1].integers));
}

TEST_CASE("a link to where weights shall lie stays, and they lie there") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "disk");
  std::filesystem::create_symlink("disk/real.safetensors", folder / "w.safetensors");
  save_safetensors(folder / "w.safetensors", {{{"W", {1}, {3.0}}, WeightFormat::float32}}, {});
  CHECK(std::filesystem::is_symlink(folder / "w.safetensors"));
  CHECK(load_safetensors(folder / "disk/real.safetensors").front().values == std::vector<double>{3.0});
}
