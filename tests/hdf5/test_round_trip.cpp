// What is written through the handles is read back, bit for bit and in the shape it had.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::hdf5;
using invar::testing::TemporaryFolder;

namespace {

/// Equal bits: NaN equals itself, 0 differs from −0.
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

template <class T>
std::vector<T> through_a_file(const std::vector<T>& values, const Shape& shape) {
  const TemporaryFolder folder;
  File::create(folder / "a.h5").write<T>("deep/below/x", shape, values);
  const Dataset dataset = File::open(folder / "a.h5").dataset("/deep/below/x");
  CHECK(dataset.shape() == shape);
  return dataset.read<T>();
}

template <class T>
std::vector<T> awkward() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values{T(0), T(1), Limits::max(), Limits::lowest(), Limits::min(), T(7)};
  if constexpr (Limits::has_quiet_NaN)
    values = {T(-0.0),      Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), Limits::denorm_min(),
              Limits::max()};
  return values;
}

}  // namespace

TEMPLATE_TEST_CASE("numbers survive a file bit for bit, extremes and NaN included", "", double, float, std::int64_t,
                   std::int32_t, std::uint8_t) {
  const std::vector<TestType> values = awkward<TestType>();
  CHECK(same_bits(through_a_file(values, {2, 3}), values));
  CHECK(same_bits(through_a_file<TestType>({values[2]}, {}), {values[2]}));
  CHECK(through_a_file<TestType>({}, {3, 0}).empty());
}

TEST_CASE("the first entries along the first axis are those of the whole array") {
  const TemporaryFolder folder;
  std::vector<double> values(5 * 2 * 3);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  const Dataset dataset = File::create(folder / "a.h5").write<double>("x", {5, 2, 3}, values);
  const std::vector<double> first = dataset.read_first<double>(2);
  CHECK(first == std::vector<double>(values.begin(), values.begin() + 12));
  CHECK(dataset.read_first<double>(0).empty());
  CHECK_THROWS_AS(dataset.read_first<double>(6), invar::InputError);
}

TEST_CASE("text survives with variable length, and is cut between characters at a fixed one") {
  const TemporaryFolder folder;
  const std::vector<std::string> texts{"", "query_key", "τ → 0", std::string(1000, 'x')};
  const File file = File::create(folder / "a.h5");
  CHECK(file.write_text("variable", {4}, texts).read_text() == texts);

  const Dataset fixed = file.create_dataset("fixed", Type::fixed_text(4), {4});
  fixed.write_text(texts);
  // "τ → 0" is τ (2 bytes), blank, → (3 bytes): the arrow would end after 6 bytes.
  CHECK(fixed.read_text() == std::vector<std::string>{"", "quer", "τ ", "xxxx"});
}

TEST_CASE("fixed-length text is read under each of HDF5's paddings") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const std::vector<std::string> padded_bytes{std::string("ab\0\0cd e", 8), std::string("ab\0\0cd e", 8), "ab  cd e"};
  const std::vector<H5T_str_t> paddings{H5T_STR_NULLTERM, H5T_STR_NULLPAD, H5T_STR_SPACEPAD};
  for (std::size_t i = 0; i < paddings.size(); ++i) {
    const Type type = Type::fixed_text(4);
    H5Tset_strpad(type.id(), paddings[i]);
    const Dataset dataset = file.create_dataset("t" + std::to_string(i), type, {2});
    REQUIRE(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded_bytes[i].data()) >= 0);
    CHECK(dataset.read_text() == std::vector<std::string>{"ab", "cd e"});
  }
}

TEST_CASE("truth values as h5py stores them are read as 0 and 1") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const Type type(Handle(H5Tenum_create(H5T_NATIVE_INT8)));
  std::int8_t value = 0;
  H5Tenum_insert(type.id(), "FALSE", &value);
  value = 1;
  H5Tenum_insert(type.id(), "TRUE", &value);
  const Dataset dataset = file.create_dataset("flags", type, {3});
  const std::vector<std::int8_t> stored{1, 0, 1};
  REQUIRE(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, stored.data()) >= 0);
  CHECK(dataset.kind() == Kind::boolean);
  CHECK(dataset.read<std::uint8_t>() == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(dataset.read<double>() == std::vector<double>{1.0, 0.0, 1.0});
}

TEST_CASE("attributes survive, text beyond the 64 KiB of an object header included") {
  const TemporaryFolder folder;
  const std::string long_text(200000, 'y');
  {
    const File file = File::create(folder / "a.h5");
    file.set_attribute("T", 0.1);
    file.set_attribute("seed", std::int64_t{-3});
    file.set_attribute("configuration", long_text);
    file.set_attribute("empty", "");
  }
  const File file = File::open(folder / "a.h5");
  CHECK(file.attribute<double>("T") == 0.1);
  CHECK(file.attribute<std::int64_t>("seed") == -3);
  CHECK(file.attribute<double>("seed") == -3.0);
  CHECK(file.text_attribute("configuration") == long_text);
  CHECK(file.text_attribute("empty").empty());
  CHECK(file.attribute_names() == std::vector<std::string>{"T", "configuration", "empty", "seed"});
  CHECK_FALSE(file.has_attribute("t"));
}

TEST_CASE("existence is told apart for groups, datasets, dangling links and names with signs") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const std::string odd = "laws/|Q_col|2+|K_col|2 (E.2)";
  file.write<double>(odd, {1}, std::vector<double>{2.0});
  file.link(odd, "second");
  H5Lcreate_soft("/nowhere", file.id(), "dangling", H5P_DEFAULT, H5P_DEFAULT);
  CHECK(file.contains_group("laws"));
  CHECK_FALSE(file.contains_dataset("laws"));
  CHECK(file.contains_dataset("/" + odd));
  CHECK(file.contains("/"));
  CHECK_FALSE(file.contains("absent/below"));
  CHECK_FALSE(file.contains("dangling"));
  CHECK(file.names() == std::vector<std::string>{"dangling", "laws", "second"});
  CHECK(file.dataset("second").read<double>() == std::vector<double>{2.0});
  CHECK(file.group("laws").dataset("|Q_col|2+|K_col|2 (E.2)").place().object == "/" + odd);
}

TEST_CASE("handles close what they opened: no identifier is left behind") {
  const TemporaryFolder folder;
  const ssize_t before = H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL);
  {
    const File file = File::create(folder / "a.h5");
    const Dataset dataset = file.write<double>("g/x", {2}, std::vector<double>{1.0, 2.0});
    const Dataset copy = dataset;
    const Group group = file.group("g");
    static_cast<void>(group.names());
    CHECK(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) > before);
  }
  CHECK(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == before);
}
