// Numbers that are stored otherwise than they are meant: read as meant, or refused with the reason.
#include <catch2/catch.hpp>
#include <limits>

#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::hdf5;
using Catch::Contains;
using invar::InputError;
using invar::testing::message_of;
using invar::testing::TemporaryFolder;

namespace {

/// A filter that changes nothing.
std::size_t pass(unsigned, std::size_t, const unsigned*, std::size_t bytes, std::size_t*, void**) {
  return bytes;
}

/// x = 1, 2, 3 in one chunk, under a filter that is known while it is written.
void write_filtered(const std::filesystem::path& path, H5Z_filter_t number) {
  const H5Z_class2_t filter{H5Z_CLASS_T_VERS, number, 1, 1, "passes", nullptr, nullptr, pass};
  REQUIRE(H5Zregister(&filter) >= 0);
  {
    const File file = File::create(path);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk = 3;
    H5Pset_chunk(creation.id(), 1, &chunk);
    H5Pset_filter(creation.id(), number, H5Z_FLAG_MANDATORY, 0, nullptr);
    const Handle x(
        H5Dcreate2(file.id(), "x", H5T_NATIVE_DOUBLE, Space(Shape{3}).id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
    const double numbers[] = {1.0, 2.0, 3.0};
    H5Dwrite(x.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers);
  }
  H5Zunregister(number);
}

/// What reading 1, 2, 3 as doubles says where the dataset has such an attribute.
template <class Value>
std::string message_with(const std::string& name, const Value& value) {
  const TemporaryFolder folder;
  const Dataset x = File::create(folder / "a.h5").write<double>("x", {3}, std::vector<double>{1.0, 2.0, 3.0});
  x.set_attribute(name, value);
  std::vector<double> found;
  try {
    found = x.read<double>();
  } catch (const InputError& error) {
    return error.what();
  }
  CHECK(found == std::vector<double>{1.0, 2.0, 3.0});
  return "";
}

/// Stored as `type`, read as doubles.
template <class Number>
std::vector<double> through(hid_t type, const std::vector<Number>& stored) {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const Handle x(H5Dcreate2(file.id(), "x", type, Space(Shape{static_cast<std::int64_t>(stored.size())}).id(),
                            H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(H5Dwrite(x.id(), Type::of<Number>().id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, stored.data()) >= 0);
  return file.dataset("x").read<double>();
}

}  // namespace

TEST_CASE("a filter that is not here is named, with what to do") {
  const TemporaryFolder folder;
  write_filtered(folder / "lzf.h5", 32000);
  const auto read = [&](const std::string& name) { File::open(folder / name).dataset("x").read<double>(); };
  CHECK_THAT(message_of<InputError>([&] { read("lzf.h5"); }), Contains("/x: is packed with lzf (filter 32000)") &&
                                                                  Contains("compression=\"gzip\"") &&
                                                                  Contains("h5repack -f NONE"));
  write_filtered(folder / "own.h5", 400);
  CHECK_THAT(message_of<InputError>([&] { read("own.h5"); }), Contains("is packed with passes (filter 400)"));
}

TEST_CASE("netCDF's packed numbers are refused, and a packing that changes nothing is none") {
  CHECK_THAT(message_with("scale_factor", 0.5),
             Contains("/x: holds packed numbers") && Contains("scale_factor' is 0.5"));
  CHECK_THAT(message_with("add_offset", -3.0), Contains("add_offset' is -3"));
  CHECK_THAT(message_with("scale_factor", std::string_view("0.5")), Contains("holds text where a number is needed"));
  CHECK(message_with("scale_factor", 1.0).empty());
  CHECK(message_with("add_offset", std::int64_t{0}).empty());
}

TEST_CASE("numbers that netCDF's attributes say are none are refused with their place") {
  for (const char* name : {"_FillValue", "missing_value"}) {
    CHECK_THAT(message_with(name, 3.0), Contains("/x: its element 2 is 3") && Contains(name));
    CHECK(message_with(name, -999.0).empty());
    CHECK(message_with(name, std::numeric_limits<double>::quiet_NaN()).empty());
  }
  CHECK_THAT(message_with("valid_min", 1.5), Contains("its element 0 is 1"));
  CHECK_THAT(message_with("valid_max", 1.5), Contains("its element 1 is 2"));
  CHECK_THAT(message_with("valid_range", 1.0), Contains("valid_range' has 1 values"));
  CHECK(message_with("valid_max", std::int64_t{3}).empty());
  CHECK(message_with("units", std::string_view("m")).empty());
}

TEST_CASE("what netCDF never wrote is refused, and a fill value of another's choice says nothing") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const auto filled = [&](const std::string& name, double value) {
    return file.create_dataset(name, Type::of<double>(), {2}, {.early = true, .fill = value});
  };
  CHECK_THAT(message_of<InputError>([&] { filled("x", 9.9692099683868690e+36).read<double>(); }),
             Contains("/x: its element 0") && Contains("netCDF's fill value"));
  CHECK(filled("y", 7.0).read<double>() == std::vector<double>{7.0, 7.0});
}

TEST_CASE("a fill value is compared in the type that is stored") {
  const TemporaryFolder folder;
  const Dataset x = File::create(folder / "a.h5").write<float>("x", {2}, std::vector<float>{1.0F, 1e20F});
  x.set_attribute("_FillValue", 1e20);
  CHECK_THAT(message_of<InputError>([&] { x.read<double>(); }), Contains("its element 1"));
}

TEST_CASE("bytes that netCDF means without a sign are refused where the sign matters") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const Dataset x = file.write<std::int32_t>("x", {2}, std::vector<std::int32_t>{1, -1});
  x.set_attribute("_Unsigned", "true");
  CHECK_THAT(message_of<InputError>([&] { x.read<std::int64_t>(); }), Contains("its element 1 is -1"));
  const Dataset y = file.write<std::uint8_t>("y", {2}, std::vector<std::uint8_t>{127, 128});
  y.set_attribute("_Unsigned", "false");
  CHECK_THAT(message_of<InputError>([&] { y.read<std::int64_t>(); }), Contains("its element 1 is 128"));
  CHECK(y.read_first<std::int64_t>(1) == std::vector<std::int64_t>{127});
}

TEST_CASE("numbers of a format that no program writes are refused") {
  const std::vector<double> numbers{1.0, -2.5, 100.0};
  const auto changed = [&](const auto& change) {
    const Type type(Handle(H5Tcopy(H5T_IEEE_F32LE)));
    change(type.id());
    return message_of<InputError>([&] { through(type.id(), numbers); });
  };
  CHECK_THAT(changed([](hid_t type) { H5Tset_ebias(type, 63); }), Contains("/x: holds numbers of a format"));
  CHECK_THAT(changed([](hid_t type) { H5Tset_fields(type, 31, 24, 7, 0, 23); }), Contains("of a format"));
  CHECK(through(H5T_NATIVE_LDOUBLE, numbers) == numbers);
  const Type half(Handle(H5Tcopy(H5T_IEEE_F32BE)));
  H5Tset_fields(half.id(), 15, 10, 5, 0, 10);
  H5Tset_size(half.id(), 2);
  H5Tset_ebias(half.id(), 15);
  CHECK(through(half.id(), numbers) == numbers);
}

TEST_CASE("numbers keep their values in either byte order, and in few bits of their bytes") {
  const std::vector<std::int64_t> whole{-5, 0, 7, 100};
  const std::vector<double> expected{-5.0, 0.0, 7.0, 100.0};
  CHECK(through(H5T_STD_I16BE, whole) == expected);
  CHECK(through(H5T_STD_I64BE, whole) == expected);
  CHECK(through(H5T_IEEE_F32BE, expected) == expected);
  const Type bits(Handle(H5Tcopy(H5T_STD_I32LE)));
  H5Tset_precision(bits.id(), 9);
  H5Tset_offset(bits.id(), 5);
  CHECK(through(bits.id(), whole) == expected);
  CHECK_FALSE([&] {
    const TemporaryFolder folder;
    return File::create(folder / "a.h5").create_dataset("x", bits, {1}).stores(Type::of<std::uint8_t>());
  }());
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  Handle(H5Dcreate2(file.id(), "x", H5T_STD_B8LE, Space(Shape{1}).id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  CHECK_THAT(message_of<InputError>([&] { file.dataset("x").read<double>(); }), Contains("neither numbers nor text"));
}
