// Weights are told by their content: safetensors, shards, groups of HDF5; what is of another program, damaged or
// twofold is refused with what to do.
#include <hdf5.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <tuple>

#include "data/safetensors.h"
#include "data/weight_file.h"
#include "error.h"
#include "hdf5/file.h"
#include "hdf5/stretches.h"
#include "tests/data/weight_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

namespace {

const std::vector<double> kOne{1.0, 2.0}, kOther{3.0, 4.0};

void write(const hdf5::Group& group, const std::string& name, const std::vector<double>& values) {
  group.write<double>(name, {static_cast<std::int64_t>(values.size())}, values);
}

void shard(const std::filesystem::path& path, const std::vector<std::pair<std::string, std::vector<double>>>& tensors) {
  std::vector<SavedTensor> saved;
  for (const auto& [name, values] : tensors)
    saved.push_back({{name, {static_cast<std::int64_t>(values.size())}, values}, WeightFormat::float32});
  save_safetensors(path, saved, {{"format", "pt"}});
}

/// Where a number of 64 bits stands in a file for the first time, another.
void replace_number(const std::string& path, std::uint64_t number, std::uint64_t other) {
  const ByteVector bytes = file_bytes(path);
  const auto text = [](std::uint64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  std::string all(bytes.begin(), bytes.end());
  const std::size_t at = all.find(text(number));
  REQUIRE(at != std::string::npos);
  all.replace(at, 8, text(other));
  write_plain(path, {all.begin(), all.end()});
}

std::string names(const WeightFile& file) {
  std::string all;
  for (const WeightTensor& tensor : file.tensors) all += tensor.place + " ";
  return all;
}

std::string refusal(const std::string& place) {
  return message_of<InputError>([&] { load_weight_file(place); });
}

}  // namespace

TEST_CASE("weights of HDF5 are the tensors of the group and the constants beside it") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w.h5").string();
  {
    const hdf5::File file = hdf5::File::create(path);
    write(file, "/parameters/layers.0.W", kOne);
    write(file, "/constants/F", kOther);
    write(file, "/runs/0003/end/layers.0.W", kOther);
    write(file, "/runs/0003/start/layers.0.W", kOne);
    write(file, "/runs/0003/constants/F", kOne);
    write(file, "/alone/W", kOne);
  }
  CHECK(names(load_weight_file(path)) == "/parameters/layers.0.W /constants/F ");
  const WeightFile run = load_weight_file(path + ":runs/0003/end");
  CHECK(names(run) == "/runs/0003/end/layers.0.W /runs/0003/constants/F ");
  CHECK(run.tensors[0].values == kOther);
  CHECK(run.tensors[1].values == kOne);
  CHECK(names(load_weight_file(path + ":/runs/0003/start/")) == "/runs/0003/start/layers.0.W /runs/0003/constants/F ");
  CHECK(names(load_weight_file(path + ":runs/0003/constants")) == "/runs/0003/constants/F ");
  CHECK_THAT(refusal(path + ":runs/0009/end"), Contains("no group runs/0009/end"));
  CHECK_THAT(refusal(path + ":runs/0003"), Contains("is a run") && Contains(path + ":runs/0003/end or /start"));
  CHECK_THAT(refusal(path + ":runs"), Contains("is a group") && Contains("side by side"));
  {
    const hdf5::File file = hdf5::File::create(path);
    write(file, "W", kOne);
  }
  CHECK_THAT(refusal(path), Contains("has no group parameters") && Contains("for example " + path + ":/"));
  CHECK(names(load_weight_file(path + ":/")) == "/W ");
}

TEST_CASE("the end of a run is weights where it came to an end") {
  const TemporaryFolder folder;
  const std::string path = (folder / "r.h5").string();
  for (const auto& [status, taken] : std::map<std::string, bool>{{"finished", true},
                                                                 {"stopped", true},
                                                                 {"truncated", true},
                                                                 {"interrupted", true},
                                                                 {"diverged", false},
                                                                 {"stalled", false},
                                                                 {"failed", false},
                                                                 {"running", false}}) {
    CAPTURE(status);
    {
      const hdf5::File file = hdf5::File::create(path);
      file.set_attribute("schema", std::int64_t{1});
      write(file, "/runs/0000/end/W", kOne);
      write(file, "/runs/0000/start/W", kOne);
      std::vector<std::string> characters(16);
      for (std::size_t i = 0; i < status.size(); ++i) characters[i] = status[i];
      file.create_dataset("/runs/0000/status", hdf5::Type::fixed_text(1), {16}).write_text(characters);
    }
    if (taken)
      CHECK(names(load_weight_file(path + ":runs/0000/end")) == "/runs/0000/end/W ");
    else
      CHECK_THAT(refusal(path + ":runs/0000/end"), Contains("marked '" + status + "'") && Contains("/start"));
    CHECK(names(load_weight_file(path + ":runs/0000/start")) == "/runs/0000/start/W ");
  }
}

TEST_CASE("two names of one dataset are two tensors, and two datasets with the same bytes are damage") {
  const std::string other = GENERATE("/parameters/W", "/constants/W");
  const TemporaryFolder folder;
  const std::string path = (folder / "w.h5").string();
  std::uint64_t first = 0, second = 0;
  {
    const hdf5::File file = hdf5::File::create(path);
    write(file, "/parameters/V", kOne);
    write(file, other, kOther);
    file.link("/parameters/V", "/parameters/tied");
    first = file.dataset("/parameters/V").location()->begin;
    second = file.dataset(other).location()->begin;
  }
  const WeightFile found = load_weight_file(path);
  REQUIRE(found.tensors.size() == 3);
  CHECK(std::ranges::find(found.tensors, "tied", &WeightTensor::name)->values == kOne);
  replace_number(path, second, first);
  CHECK_THAT(refusal(path),
             Contains("/parameters/") && Contains("shares bytes of the file") && Contains("write the weights anew"));
}

TEST_CASE("weights in raw files and in chunks may not share bytes either") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w.h5").string(), raw = (folder / "raw.bin").string();
  std::filesystem::create_directory(folder / "deep");
  const std::string again = (folder / "deep" / ".." / "raw.bin").string();
  write_plain(raw, ByteVector(100, 0));
  const auto with_raw = [&](off_t begin) {
    const hdf5::File file = hdf5::File::create(path);
    const hdf5::Group group = file.create_group("parameters");
    for (const auto& [name, place, at] : {std::tuple{"V", raw, off_t{8}}, std::tuple{"W", again, begin}}) {
      const hdf5::Handle creation(H5Pcreate(H5P_DATASET_CREATE));
      H5Pset_external(creation.id(), place.c_str(), at, 32);
      hdf5::Handle(H5Dcreate2(group.id(), name, H5T_NATIVE_DOUBLE, hdf5::Space(hdf5::Shape{4}).id(), H5P_DEFAULT,
                              creation.id(), H5P_DEFAULT));
    }
  };
  with_raw(40);
  CHECK(load_weight_file(path).tensors.size() == 2);
  for (const off_t begin : {0, 8, 16, 39}) {
    CAPTURE(begin);
    with_raw(begin);
    CHECK_THAT(refusal(path), Contains("shares bytes of the file " + std::filesystem::canonical(raw).string()));
  }
  // A chunk whose place is that of another.
  std::uint64_t first = 0, second = 0;
  {
    const hdf5::File file = hdf5::File::create(path);
    const hdf5::Handle creation(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk = 1;
    H5Pset_chunk(creation.id(), 1, &chunk);
    const hdf5::Group group = file.create_group("parameters");
    const hdf5::Dataset dataset(
        hdf5::Handle(H5Dcreate2(group.id(), "V", H5T_NATIVE_DOUBLE, hdf5::Space(hdf5::Shape{2}).id(), H5P_DEFAULT,
                                creation.id(), H5P_DEFAULT)),
        {path, "/parameters/V"});
    dataset.write<double>(kOne);
    const std::vector<hdf5::Stretch> chunks = hdf5::stretches(dataset);
    REQUIRE(chunks.size() == 2);
    first = chunks[0].begin;
    second = chunks[1].begin;
  }
  CHECK(load_weight_file(path).tensors.front().values == kOne);
  replace_number(path, second, first);
  CHECK_THAT(refusal(path), Contains("/parameters/V: shares bytes"));
}

TEST_CASE("what is no number in HDF5 weights is refused, and integers are told apart") {
  const TemporaryFolder folder;
  const std::string path = (folder / "w.h5").string();
  const auto refused = [&](const auto& fill, const std::string& text) {
    {
      const hdf5::File file = hdf5::File::create(path);
      write(file, "/parameters/V", kOne);
      fill(file);
    }
    CHECK_THAT(refusal(path), Contains("w.h5: /parameters/W") && Contains(text));
  };
  refused([](const hdf5::File& file) { write(file, "/parameters/W/A", kOne); }, "is a group");
  refused(
      [](const hdf5::File& file) {
        const std::string word = "word";
        file.write_text("/parameters/W", {1}, {&word, 1});
      },
      "holds text");
  refused([](const hdf5::File& file) { write(file, "/parameters/W", {}); }, "is empty");
  refused(
      [](const hdf5::File& file) {
        write(file, "/parameters/W", kOther);
        file.dataset("/parameters/W").set_attribute("scale_factor", 0.5);
      },
      "holds packed numbers");
  refused(
      [](const hdf5::File& file) {
        const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
        H5Tinsert(type, "i", 8, H5T_NATIVE_DOUBLE);
        file.create_dataset("/parameters/W", hdf5::Type(hdf5::Handle(type)), {2});
      },
      "neither numbers nor text");
  {
    const hdf5::File file = hdf5::File::create(path);
    const std::vector<std::int64_t> whole{3, 4};
    file.write<std::int64_t>("/parameters/W", {2}, whole);
  }
  const WeightFile found = load_weight_file(path);
  CHECK((found.tensors.front().integers && found.tensors.front().values == kOther));
}

TEST_CASE("shards are one file of weights, by their index or their folder") {
  const TemporaryFolder folder;
  shard(folder / "model-1.safetensors", {{"W", kOne}, {"b", {5.0}}});
  shard(folder / "model-2.safetensors", {{"V", kOther}});
  const auto index = folder / "model.safetensors.index.json";
  std::ofstream(index) << R"({"metadata": {"total_size": 40}, "weight_map": {"W": "model-1.safetensors",)"
                       << R"( "b": "model-1.safetensors", "V": "model-2.safetensors"}})";
  for (const std::string& place : {index.string(), folder.path().string()}) {
    const WeightFile found = load_weight_file(place);
    CHECK(names(found) == "V W b ");
    CHECK(found.tensors[0].values == kOther);
    CHECK(found.tensors[1].values == kOne);
  }
  const auto refused = [&](const std::string& map, const std::string& text) {
    std::ofstream(index) << map;
    CAPTURE(map);
    CHECK_THAT(refusal(index.string()), Contains("model.safetensors.index.json: ") && Contains(text));
  };
  const std::string head = R"({"weight_map": {"W": "model-1.safetensors", )", b = R"("b": "model-1.safetensors")";
  refused(head + b + R"(, "V": "model-3.safetensors"}})", "names the shard model-3.safetensors, which is not there");
  refused(head + b + R"(, "V": "model-2.safetensors", "U": "model-2.safetensors"}})",
          "has U in model-2.safetensors, which lacks it");
  refused(head + R"("V": "model-2.safetensors"}})", "lacks b, which model-1.safetensors has");
  refused(head + b + R"(, "V": "model-1.safetensors", "W": "model-2.safetensors"}})", "has the key W twice");
  refused(head + b + R"(, "V": "../model-2.safetensors"}})", "lie beside their index");
  refused(head + b + R"(, "V": "pytorch_model-1.bin"}})", "no files of safetensors");
  refused(head + b + R"(, "V": 2}})", "no index of safetensors");
  refused(R"({"weights": {}})", "no index of safetensors");
  refused("{", "no index of safetensors");
  refused("", "no index of safetensors");
  shard(folder / "model-2.safetensors", {{"V", kOther}, {"W", kOther}});
  refused(head + b + R"(, "V": "model-2.safetensors"}})", "has W in model-1.safetensors, and model-2.safetensors");
}

TEST_CASE("weights of other programs are known by their bytes or their names, with the line that converts them") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& name, const std::string& bytes, const std::vector<std::string>& parts) {
    write_plain(folder / name, {bytes.begin(), bytes.end()});
    const std::string message = refusal((folder / name).string());
    CAPTURE(name, message);
    for (const std::string& part : parts) CHECK_THAT(message, Contains(part));
  };
  const std::string zip("PK\x03\x04\0\0", 6), pickle("\x80\x02}q\0", 5), save = "safetensors.torch.save_file(state";
  for (const char* name :
       {"pytorch_model.bin", "model.pt", "model.pth", "last.ckpt", "anything.safetensors", "no_name"}) {
    refused(name, zip, {"a pickle of PyTorch", "torch.load('" + std::string(name), save});
    refused(name, pickle, {"a pickle of PyTorch", save});
  }
  refused("old.pt", "something else that is long", {"a pickle of PyTorch", save});
  refused("w.npz", zip, {"of NumPy", "safetensors.numpy.save_file"});
  refused("w.npy", "\x93NUMPY\x01", {"of NumPy", "safetensors.numpy.save_file"});
  refused("w.gguf", "GGUF\x03", {"GGUF", "save_file(model.state_dict()"});
  refused("w.dat", "nothing that is known", {"neither safetensors nor HDF5", "save_file(model.state_dict()"});
  refused("pytorch_model.bin.index.json", R"({"weight_map": {"W": "pytorch_model-1.bin"}})",
          {"pytorch_model-1.bin", "safe_serialization=True"});
  refused("empty.safetensors", "", {"holds 0 bytes"});
  refused("cut.h5", "\x89HDF\r\n\x1a\n", {"cut.h5", "complete, readable HDF5 file"});
  refused("text.h5", "hello", {"text.h5", "complete, readable HDF5 file"});
  std::filesystem::create_directories(folder / "empty");
  CHECK_THAT(refusal((folder / "empty").string()), Contains("is a folder without model.safetensors.index.json"));
  std::filesystem::create_directories(folder / "torch");
  write_plain(folder / "torch/pytorch_model.bin", {1});
  CHECK_THAT(refusal((folder / "torch").string()), Contains("pickles of PyTorch") && Contains("model.state_dict()"));
  std::filesystem::create_directories(folder / "single");
  shard(folder / "single/model.safetensors", {{"W", kOne}});
  CHECK_THAT(refusal((folder / "single").string()), Contains("give the file in it"));
  CHECK_THAT(refusal((folder / "single/model.safetensors").string() + ":parameters"),
             Contains("no HDF5 file") && Contains("leave :parameters out"));
}

TEST_CASE("what a file of weights is, its content says, not its name") {
  const TemporaryFolder folder;
  shard(folder / "w.h5", {{"W", kOne}});
  CHECK(load_weight_file((folder / "w.h5").string()).tensors.front().values == kOne);
  { write(hdf5::File::create(folder / "h.safetensors"), "/parameters/W", kOther); }
  CHECK(load_weight_file((folder / "h.safetensors").string()).tensors.front().values == kOther);
}
