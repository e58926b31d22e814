// Every rule of the format of safetensors: a file that breaks one is refused with its name, what is wrong and a remedy;
// one that breaks none, however it is written, is read.
#include <catch2/catch.hpp>

#include "data/safetensors.h"
#include "data/safetensors_header.h"
#include "error.h"
#include "tests/data/weight_files.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar;
using namespace invar::data;
using namespace invar::testing;
using Catch::Contains;

namespace {

struct Broken {
  std::string rule, header;
  std::size_t bytes;  // behind the header
  std::string told;
};

std::string braced(const std::string& entries) {
  return "{" + entries + "}";
}

const std::string kW = entry("W", "[0,8]"), kV = entry("V", "[8,16]");

const std::vector<Broken> kBroken = {
    {"no overlap: V has W's bytes", braced(kW + "," + entry("V", "[0,8]")), 8, "has V over the bytes 0 to 8 of W"},
    {"no overlap, in part", braced(kW + "," + entry("V", "[4,12]")), 12, "has V over the bytes 4 to 8 of W"},
    {"no overlap, with as many bytes in all", braced(kW + "," + entry("V", "[0,8]")), 16, "of W"},
    {"no hole before the first", braced(entry("W", "[8,16]")), 16, "has 8 bytes before W that are of no tensor"},
    {"no hole between", braced(kW + "," + entry("V", "[12,20]")), 20, "has 4 bytes before V"},
    {"no hole behind the last", braced(kW), 12, "has tensors of 8 bytes, and behind its header 12"},
    {"within the file", braced(kW), 4, "beyond the end: behind the header are 4"},
    {"an end behind the beginning", braced(entry("W", "[8,0]")), 8, "which end before they begin"},
    {"bytes of shape and type", braced(entry("W", "[0,8]", "[3]")), 8, "not what shape and type take"},
    {"bytes of shape and type, of none", braced(entry("W", "[0,8]", "[0]")), 8, "not what shape and type take"},
    {"a product within 64 bits", braced(entry("W", "[0,8]", "[4294967296,4294967296,2]")), 8, "more than any file"},
    {"a product that would wrap to the right number", braced(entry("W", "[0,8]", "[9223372036854775807,2,2]")), 8,
     "more than any file"},
    {"extents from 0 on", braced(entry("W", "[0,8]", "[-2]")), 8, "has -2 in 'shape' of 'W'"},
    {"two extents below 0", braced(entry("W", "[0,8]", "[-1,-2]")), 8, "has -1 in 'shape' of 'W'"},
    {"whole extents", braced(entry("W", "[0,8]", "[2.5]")), 8, "has 2.5 in 'shape' of 'W'"},
    {"extents written whole", braced(entry("W", "[0,8]", "[2e0]")), 8, "has 2e0 in 'shape' of 'W'"},
    {"extents that are numbers", braced(entry("W", "[0,8]", "[true,2]")), 8, "has a truth value as 'shape' of 'W'"},
    {"extents in quotes", braced(entry("W", "[0,8]", "[\"2\"]")), 8, "has the text '2' as 'shape' of 'W'"},
    {"no extent", braced(entry("W", "[0,8]", "[null]")), 8, "has null"},
    {"a list of extents", braced(entry("W", "[0,8]", "2")), 8, "has a number as 'shape' of 'W'"},
    {"extents in one list", braced(entry("W", "[0,8]", "[[2]]")), 8, "has a list as"},
    {"an extent in 64 bits", braced(entry("W", "[0,8]", "[18446744073709551618]")), 8, "18446744073709551618"},
    {"offsets from 0 on", braced(entry("W", "[-8,0]")), 8, "has -8 in 'data_offsets' of 'W'"},
    {"whole offsets", braced(entry("W", "[0,8.5]")), 8, "has 8.5 in 'data_offsets'"},
    {"two offsets", braced(entry("W", "[0,4,8]")), 8, "has 3 data_offsets of W"},
    {"no key twice: a tensor", braced(kW + "," + entry("W", "[8,16]")), 16, "has the key 'W' twice"},
    {"no key twice: written otherwise", braced(kW + "," + entry("\\u0057", "[8,16]")), 16, "has the key 'W' twice"},
    {"no key twice: the metadata", braced(R"("__metadata__":{},"__metadata__":{},)" + kW), 8, "'__metadata__' twice"},
    {"no key twice: in the metadata", braced(R"("__metadata__":{"a":"1","a":"2"},)" + kW), 8, "has the key 'a' twice"},
    {"no key twice: shape", R"({"W":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", 8,
     "'shape' twice"},
    {"no key twice: dtype", R"({"W":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8,
     "'dtype' twice"},
    {"no key twice: data_offsets", R"({"W":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}})", 8,
     "'data_offsets' twice"},
    {"a type", R"({"W":{"shape":[2],"data_offsets":[0,8]}})", 8, "says no dtype of W"},
    {"a shape", R"({"W":{"dtype":"F32","data_offsets":[0,8]}})", 8, "says no shape of W"},
    {"a place", R"({"W":{"dtype":"F32","shape":[2]}})", 8, "says no data_offsets of W"},
    {"no other key", R"({"W":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[2]}})", 8,
     "says 'strides' of W"},
    {"a known type", braced(entry("W", "[0,8]", "[2]", "f32")), 8, "unknown type 'f32'"},
    {"a type that is text", R"({"W":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8, "has a number as 'dtype'"},
    {"a type that holds weights", braced(entry("W", "[0,8]", "[8]", "F8_E4M3")), 8, "W has the type F8_E4M3; give F64"},
    {"whole bytes", braced(entry("W", "[0,1]", "[3]", "F4")), 1, "not what shape and type take"},
    {"a tensor that is an object", R"({"W":[0,8]})", 8, "has a list as 'W'"},
    {"metadata that are an object", R"({"__metadata__":"pt",)" + kW + "}", 8, "has the text 'pt' as '__metadata__'"},
    {"metadata that are texts", R"({"__metadata__":{"epoch":3},)" + kW + "}", 8, "has a number as 'epoch'"},
    {"metadata without objects", R"({"__metadata__":{"a":{}},)" + kW + "}", 8, "has an object as 'a'"},
    {"an object from { on", " " + braced(kW), 8, "from { to }"},
    {"an object, no list", "[" + braced(kW) + "]", 8, "from { to }"},
    {"no mark of the byte order", "\xEF\xBB\xBF" + braced(kW), 8, "from { to }"},
    {"one object", braced(kW) + braced(kV), 8, "damaged header"},
    {"nothing behind the object", braced(kW) + "x", 8, "from { to }"},
    {"no zero bytes behind the object", braced(kW) + std::string("\0\0}", 3), 8, "a zero byte"},
    {"JSON", "{\"W\":}", 8, "damaged header, at byte"},
    {"JSON to its end", braced(kW).substr(0, 40), 8, "from { to }"},
    {"JSON without comments", "{/**/" + kW + "}", 8, "damaged header"},
    {"UTF-8", braced(entry("W\xFF", "[0,8]")), 8, "damaged header"},
    {"UTF-8 that is not too long", braced(entry("W\xC0\xAF", "[0,8]")), 8, "damaged header"},
    {"UTF-16 in pairs", braced(entry("W\\ud800", "[0,8]")), 8, "damaged header"},
    {"a header", "", 8, "from { to }"},
};

}  // namespace

TEST_CASE("a file of safetensors that breaks a rule of the format is refused, whichever it is") {
  const TemporaryFolder folder;
  const auto path = folder / "d.safetensors";
  for (const Broken& broken : kBroken) {
    CAPTURE(broken.rule, broken.header);
    write_plain(path, safetensors_bytes(broken.header, ByteVector(broken.bytes)));
    const std::string message = message_of<InputError>([&] { load_safetensors(path); });
    CHECK_THAT(message, Contains("d.safetensors: ") && Contains(broken.told) && Contains("; give "));
  }
}

TEST_CASE("a header of safetensors that is longer than the file, or than any header, is refused before it is read") {
  const TemporaryFolder folder;
  const auto path = folder / "d.safetensors";
  const auto refused = [&](const ByteVector& bytes, const std::string& text) {
    write_plain(path, bytes);
    CHECK_THROWS_WITH(load_safetensors(path), Contains("d.safetensors") && Contains(text));
  };
  refused({}, "holds 0 bytes");
  refused({1, 2, 3}, "holds 3 bytes");
  refused({9, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "header of 9 bytes and holds 10");
  refused({255, 255, 255, 255, 255, 255, 255, 255, 0}, "above the 100000000");
  refused({1, 225, 245, 5, 0, 0, 0, 0, '{', '}'}, "header of 100000001 bytes, above the 100000000");
  CHECK_THROWS_WITH(load_safetensors(folder / "none.safetensors"), Contains("cannot be read"));
  CHECK_THROWS_WITH(load_safetensors(folder.path()), Contains("cannot be read"));
}

TEST_CASE("what the format allows is read: any order, empty tensors, scalars, blanks behind the header, odd places") {
  const auto names = [](const std::string& header, std::uint64_t bytes) {
    std::string all;
    for (const SafetensorsEntry& entry : read_safetensors_header(header, bytes).tensors) all += entry.name;
    return all;
  };
  CHECK(names(braced(kV + "," + kW), 16) == "WV");
  CHECK(names(braced(kW) + "      ", 8) == "W");
  CHECK(names("{ \"W\" : { \"data_offsets\" : [ 0 , 8 ] , \"shape\" : [ 2 ] , \"dtype\" : \"F32\" } }", 8) == "W");
  CHECK(names(braced(kW + "," + entry("E", "[8,8]", "[0,7]") + "," + kV), 16) == "WEV");
  CHECK(names(braced(entry("E", "[0,0]", "[0]") + "," + entry("S", "[0,4]", "[]")), 4) == "ES");
  CHECK(names(braced(entry("B", "[0,3]", "[3]", "U8") + "," + entry("W", "[3,11]")), 11) == "BW");
  CHECK(names(braced(entry("Q", "[0,3]", "[4]", "F6_E2M3")), 3) == "Q");
  CHECK(names("{}", 0).empty());
  const SafetensorsHeader header = read_safetensors_header(R"({"__metadata__":{"format":"pt","τ":""},)" + kW + "}", 8);
  CHECK(header.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"τ", ""}});
}

TEST_CASE("a byte of saved weights that is another is seen, wherever it is, or changes no number") {
  const TemporaryFolder folder;
  const auto path = folder / "w.safetensors";
  save_safetensors(path,
                   {{{"W", {2, 3}, {1, -2, 3, 0.5, 5, 6}}, WeightFormat::float32},
                    {{"V", {3}, {0.1, 0.2, 0.3}}, WeightFormat::float64}},
                   {{"format", "pt"}});
  const ByteVector whole = file_bytes(path);
  const std::vector<WeightTensor> wanted = load_safetensors(path);
  std::size_t refusals = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int change : {0x01, 0x02, 0x20, 0x80, 0xFF}) {
      ByteVector bytes = whole;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ change);
      write_plain(path, bytes);
      CAPTURE(at, change);
      std::vector<WeightTensor> found;
      try {
        found = load_safetensors(path);
      } catch (const InputError&) {
        ++refusals;
        continue;
      }
      REQUIRE(found.size() == 2);
      for (const std::size_t i : {0, 1}) {
        CHECK(found[i].name == wanted[i].name);
        CHECK(found[i].shape == wanted[i].shape);
        CHECK(found[i].values == wanted[i].values);
      }
    }
  // What is let through are changes in the metadata and in blanks.
  CHECK(refusals > 4 * whole.size());
}
