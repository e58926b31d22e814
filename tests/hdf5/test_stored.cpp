// What HDF5 would make up is refused: numbers that were never written, or whose source is gone; and what lies elsewhere
// is read there.
#include <hdf5_hl.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>

#include "error.h"
#include "hdf5/file.h"
#include "tests/hdf5/temporary_folder.h"

using namespace invar::hdf5;
using Catch::Contains;
using invar::InputError;
using invar::testing::message_of;
using invar::testing::TemporaryFolder;
using Path = std::filesystem::path;

namespace {

std::vector<double> counted(std::size_t count, double first = 1.0) {
  std::vector<double> numbers(count);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

/// A file with x = 1, 2, 3, … of this shape.
void write_counted(const Path& path, const Shape& shape, double first = 1.0) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
  File::create(path).write<double>("x", shape, counted(count, first));
}

std::vector<double> read(const Path& path, const std::string& name = "x") {
  return File::open(path).dataset(name).read<double>();
}

std::string message(const Path& path, const std::string& name = "x") {
  return message_of<InputError>([&] { read(path, name); });
}

/// A dataset x of doubles in chunks of two rows; rows begin … end − 1 are written.
void write_chunks(const Path& path, std::int64_t rows, std::int64_t begin, std::int64_t end) {
  const File file = File::create(path);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  const hsize_t chunk[] = {2, 3};
  H5Pset_chunk(creation.id(), 2, chunk);
  H5Pset_deflate(creation.id(), 4);
  const Space all(Shape{rows, 3});
  const Handle dataset(H5Dcreate2(file.id(), "x", H5T_IEEE_F64BE, all.id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  if (begin == end) return;
  Space part = all;
  part.select(begin, end - begin);
  const std::vector<double> numbers = counted(static_cast<std::size_t>(3 * (end - begin)));
  H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, Space(Shape{end - begin, 3}).id(), part.id(), H5P_DEFAULT, numbers.data());
}

struct Part {
  std::string file, dataset;
  std::int64_t rows, begin;  // of the source; where they go
  std::int64_t skipped = 0;  // of the source
};

/// A virtual dataset x [rows, 3] of such parts.
void write_virtual(const Path& path, std::int64_t rows, const std::vector<Part>& parts,
                   hid_t type = H5T_NATIVE_DOUBLE) {
  const File file = File::create(path);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE));
  for (const Part& part : parts) {
    Space to(Shape{rows, 3});
    to.select(part.begin, part.rows);
    Space from(Shape{part.rows + part.skipped, 3});
    if (part.skipped > 0) from.select(part.skipped, part.rows);
    H5Pset_virtual(creation.id(), to.id(), part.file.c_str(), part.dataset.c_str(), from.id());
  }
  Handle(H5Dcreate2(file.id(), "x", type, Space(Shape{rows, 3}).id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
}

/// Such bytes of a file become others, wherever they are.
void replace_bytes(const Path& path, const std::string& from, const std::string& to) {
  std::ifstream input(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(input)), {});
  std::size_t found = 0;
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + to.size()), ++found)
    bytes.replace(at, from.size(), to);
  REQUIRE(found > 0);
  std::ofstream(path, std::ios::binary) << bytes;
}

void replace_numbers(const Path& path, std::uint64_t number, std::uint64_t other) {
  replace_bytes(path, {reinterpret_cast<const char*>(&number), 8}, {reinterpret_cast<const char*>(&other), 8});
}

}  // namespace

TEST_CASE("numbers behind links are read where they are") {
  const TemporaryFolder folder;
  const Handle creation(H5Pcreate(H5P_FILE_CREATE));
  H5Pset_userblock(creation.id(), 1024);
  {
    const Handle block(H5Fcreate((folder / "there.h5").c_str(), H5F_ACC_TRUNC, creation.id(), H5P_DEFAULT));
    const std::vector<double> numbers = counted(5);
    const hsize_t extent = 5;
    H5LTmake_dataset_double(block.id(), "x", 1, &extent, numbers.data());
  }
  {
    const File file = File::create(folder / "here.h5");
    file.create_group("deep/below");
    H5Lcreate_external("there.h5", "/x", file.id(), "deep/below/x", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/deep/below/x", file.id(), "x", H5P_DEFAULT, H5P_DEFAULT);
  }
  CHECK(read(folder / "here.h5") == counted(5));
  const std::optional<Location> location = File::open(folder / "here.h5").dataset("x").location();
  REQUIRE(location);
  CHECK(std::filesystem::equivalent(location->file, folder / "there.h5"));
  double first = 0.0;
  std::ifstream bytes(location->file, std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(location->begin)).read(reinterpret_cast<char*>(&first), sizeof first);
  CHECK(first == 1.0);

  std::filesystem::remove(folder / "there.h5");
  CHECK(File::open(folder / "here.h5").names_one("x"));
  CHECK_FALSE(File::open(folder / "here.h5").names_one("deep/y"));
  CHECK_THAT(message(folder / "here.h5"), Contains("/x: is a link to /deep/below/x of the same file"));
  CHECK_THAT(message(folder / "here.h5", "deep/below/x"),
             Contains("is a link to /x of the file there.h5: that file is not there, or nothing of this name"));
  {
    const File file = File::create(folder / "circle.h5");
    H5Lcreate_soft("/y", file.id(), "x", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/x", file.id(), "y", H5P_DEFAULT, H5P_DEFAULT);
  }
  CHECK_THAT(message(folder / "circle.h5"), Contains("/x: is a link to /y of the same file, which is not there or leads "
                                                     "back here"));
}

TEST_CASE("what was never written is refused, and the written part is read") {
  const TemporaryFolder folder;
  File::create(folder / "late.h5").create_dataset("x", Type::of<double>(), {4});
  CHECK_THAT(message(folder / "late.h5"), Contains("/x: was made but never written"));
  write_chunks(folder / "none.h5", 6, 0, 0);
  CHECK_THAT(message(folder / "none.h5"), Contains("/x: the chunk from [0, 0] on was never written"));
  write_chunks(folder / "part.h5", 6, 0, 4);
  CHECK_THAT(message(folder / "part.h5"), Contains("/x: the chunk from [4, 0] on was never written"));
  const Dataset part = File::open(folder / "part.h5").dataset("x");
  CHECK(part.read_part<double>(1, 3) == counted(9, 4.0));
  CHECK_THROWS_AS(part.expect_part(3, 2), InputError);
  write_chunks(folder / "whole.h5", 7, 0, 7);
  CHECK(read(folder / "whole.h5") == counted(21));
  const File early = File::create(folder / "early.h5");  // as results are: blank until they are filled
  CHECK(early.create_dataset("x", Type::of<double>(), {2}, {.early = true, .fill = -1.0}).read<double>() ==
        std::vector<double>{-1.0, -1.0});
}

TEST_CASE("chunks are read whatever the order of their filters") {
  const TemporaryFolder folder;
  const std::vector<double> numbers = counted(12);
  const auto through = [&](const std::vector<void (*)(hid_t)>& filters) {
    const File file = File::create(folder / "a.h5");
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE));
    const hsize_t chunk = 5;
    H5Pset_chunk(creation.id(), 1, &chunk);
    for (const auto& filter : filters) filter(creation.id());
    const Handle x(
        H5Dcreate2(file.id(), "x", H5T_NATIVE_DOUBLE, Space(Shape{12}).id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
    H5Dwrite(x.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data());
    return file.dataset("x").read<double>();
  };
  const auto deflate = [](hid_t creation) { H5Pset_deflate(creation, 6); };
  const auto shuffle = [](hid_t creation) { H5Pset_shuffle(creation); };
  const auto check_sum = [](hid_t creation) { H5Pset_fletcher32(creation); };
  CHECK(through({}) == numbers);
  CHECK(through({check_sum}) == numbers);
  CHECK(through({shuffle, deflate, check_sum}) == numbers);
  CHECK(through({check_sum, shuffle, deflate}) == numbers);
  CHECK(through({deflate, shuffle}) == numbers);
  CHECK(through({deflate, deflate}) == numbers);
}

TEST_CASE("a virtual dataset is read where all of its sources are there") {
  const TemporaryFolder folder;
  write_counted(folder / "a.h5", {2, 3});
  write_counted(folder / "b.h5", {3, 3}, 7.0);
  write_virtual(folder / "v.h5", 5, {{"a.h5", "x", 2, 0}, {"b.h5", "/x", 3, 2}});
  write_virtual(folder / "nested.h5", 5, {{"v.h5", "x", 5, 0}});
  CHECK(read(folder / "v.h5") == counted(15));
  CHECK(read(folder / "nested.h5") == counted(15));
  write_virtual(folder / "later.h5", 3, {{"b.h5", "x", 2, 0, 1}, {"a.h5", "x", 1, 2, 1}});
  CHECK(read(folder / "later.h5") == std::vector<double>{10, 11, 12, 13, 14, 15, 4, 5, 6});
  write_counted(folder / "b.h5", {2, 3});
  CHECK_THAT(message(folder / "later.h5"), Contains("b.h5: /x: is not as large"));
  write_counted(folder / "b.h5", {3, 3}, 7.0);
  write_virtual(folder / "overlapping.h5", 5, {{"a.h5", "x", 2, 0}, {"b.h5", "x", 3, 1}, {"a.h5", "x", 2, 3}});
  CHECK_FALSE(read(folder / "overlapping.h5").empty());
}

TEST_CASE("virtual datasets of one and the same file are read, one beside the other") {
  const TemporaryFolder folder;
  write_counted(folder / "a.h5", {4, 3});
  write_virtual(folder / "v.h5", 4, {{"a.h5", "x", 4, 0}});
  write_virtual(folder / "w.h5", 2, {{"a.h5", "x", 2, 0, 2}});
  const Dataset v = File::open(folder / "v.h5").dataset("x"), w = File::open(folder / "w.h5").dataset("x");
  CHECK(v.read<double>() == counted(12));
  CHECK(w.read<double>() == counted(6, 7.0));
  CHECK(File::open(folder / "a.h5").dataset("x").read<double>() == v.read<double>());
}

TEST_CASE("a virtual dataset that lacks a source is refused with its name") {
  const TemporaryFolder folder;
  write_counted(folder / "a.h5", {2, 3});
  write_counted(folder / "b.h5", {3, 3});
  write_virtual(folder / "v.h5", 5, {{"a.h5", "x", 2, 0}, {"b.h5", "x", 3, 2}});
  write_virtual(folder / "nested.h5", 5, {{"v.h5", "x", 5, 0}});
  std::filesystem::remove(folder / "b.h5");
  CHECK_THAT(message(folder / "v.h5"), Contains("v.h5: /x: is virtual") && Contains("b.h5: there is no such file"));
  CHECK_THAT(message(folder / "nested.h5"),
             Contains("nested.h5: /x: is virtual") && Contains("b.h5: there is no such"));
  CHECK(File::open(folder / "v.h5").dataset("x").read_part<double>(0, 2) == counted(6));
  write_counted(folder / "b.h5", {2, 3});
  CHECK_THAT(message(folder / "v.h5"), Contains("b.h5: /x: is not as large"));
  write_chunks(folder / "b.h5", 3, 0, 2);
  CHECK_THAT(message(folder / "v.h5"), Contains("b.h5: /x: the chunk from [2, 0]"));
  File::create(folder / "b.h5").write<double>("y", {3, 3}, counted(9));
  CHECK_THAT(message(folder / "v.h5"), Contains("b.h5: /x: there is no such dataset"));
  write_virtual(folder / "gap.h5", 6, {{"a.h5", "x", 2, 0}, {"a.h5", "x", 2, 3}, {"a.h5", "x", 2, 2}});
  CHECK_THAT(message(folder / "gap.h5"), Contains("gap.h5: /x: is virtual, and 3 of the 18 numbers"));
  write_virtual(folder / "circle.h5", 2, {{".", "x", 2, 0}});
  CHECK_THAT(message(folder / "circle.h5"), Contains("its sources lead back to it"));
}

TEST_CASE("a virtual dataset of other numbers than it says is refused") {
  const TemporaryFolder folder;
  File::create(folder / "a.h5").write<std::int32_t>("x", {1, 3}, std::vector<std::int32_t>{1, 300, -7});
  write_virtual(folder / "narrow.h5", 1, {{"a.h5", "x", 1, 0}}, H5T_NATIVE_UINT8);
  const auto as_integers = [&](const std::string& name) {
    return File::open(folder / name).dataset("x").read<std::int64_t>();
  };
  CHECK_THAT(message_of<InputError>([&] { as_integers("narrow.h5"); }), Contains("a.h5: /x: holds other numbers"));
  write_virtual(folder / "wide.h5", 1, {{"a.h5", "x", 1, 0}}, H5T_STD_I64BE);
  CHECK(as_integers("wide.h5") == std::vector<std::int64_t>{1, 300, -7});
  write_counted(folder / "a.h5", {1, 3});
  CHECK_THAT(message_of<InputError>([&] { as_integers("wide.h5"); }), Contains("a.h5: /x: holds other numbers"));
}

TEST_CASE("numbers in raw files are read, or what is missing of them is named") {
  const TemporaryFolder folder;
  const std::vector<double> numbers = counted(4);
  std::ofstream(folder / "raw.bin", std::ios::binary)
      .write("12345678", 8)
      .write(reinterpret_cast<const char*>(numbers.data()), 32);
  {
    const File file = File::create(folder / "a.h5");
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_external(creation.id(), (folder / "raw.bin").c_str(), 8, H5F_UNLIMITED);
    Handle(
        H5Dcreate2(file.id(), "x", H5T_NATIVE_DOUBLE, Space(Shape{4}).id(), H5P_DEFAULT, creation.id(), H5P_DEFAULT));
  }
  CHECK(read(folder / "a.h5") == numbers);
  CHECK_FALSE(File::open(folder / "a.h5").dataset("x").location());
  std::filesystem::resize_file(folder / "raw.bin", 32);
  CHECK_THAT(message(folder / "a.h5"), Contains("raw.bin, which has 32 bytes where 32 from byte 8 on are needed"));
  CHECK(File::open(folder / "a.h5").dataset("x").read_first<double>(3) == counted(3));
  std::filesystem::remove(folder / "raw.bin");
  CHECK_THAT(message(folder / "a.h5"), Contains("raw.bin, which is not there"));
}

TEST_CASE("a dataset that says it is larger than its file is refused before memory is taken for it") {
  const TemporaryFolder folder;
  write_counted(folder / "a.h5", {12345});
  replace_numbers(folder / "a.h5", 12345, std::uint64_t{1} << 38);
  replace_numbers(folder / "a.h5", 12345 * 8, std::uint64_t{1} << 41);
  CHECK_THAT(message(folder / "a.h5"),
             Contains("/x: says that it holds 2199023255552 bytes") && Contains("where its file has"));
  CHECK_THROWS_AS(File::open(folder / "a.h5").dataset("x").read_first<double>(1), InputError);
  write_counted(folder / "b.h5", {12345, 3});
  replace_numbers(folder / "b.h5", 12345, std::uint64_t{1} << 62);
  CHECK_THAT(message(folder / "b.h5"), Contains("/x: says that it holds more than 2^6"));
}

TEST_CASE("a dataset that lies behind the end of its file, as the file says, is refused") {
  const TemporaryFolder folder;
  write_counted(folder / "a.h5", {5});
  const std::uint64_t size = std::filesystem::file_size(folder / "a.h5");
  replace_numbers(folder / "a.h5", size, size - 16);
  CHECK_THAT(message(folder / "a.h5"), Contains("/x: says that it holds 40 bytes"));
}

TEST_CASE("chunks that are not of the size that the file says are refused") {
  const TemporaryFolder folder;
  const auto message_with = [&](std::uint32_t columns) {
    write_chunks(folder / "a.h5", 2, 0, 2);
    const std::uint32_t chunk[] = {2, 3}, other[] = {2, columns};  // as the description has them
    replace_bytes(folder / "a.h5", {reinterpret_cast<const char*>(chunk), 8},
                  {reinterpret_cast<const char*>(other), 8});
    return message(folder / "a.h5");
  };
  CHECK_THAT(message_with(7), Contains("/x: says that its chunks have 112 bytes, and the first one has 48"));
  CHECK_THAT(message_with(1 << 20), Contains("bytes of its file are a chunk of 16777216: the file is damaged"));
}

TEST_CASE("an empty dataset has no extents that cannot be multiplied") {
  const TemporaryFolder folder;
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  File::create(folder / "a.h5").create_dataset("x", Type::of<double>(), {0, kHuge, kHuge});
  CHECK_THAT(message(folder / "a.h5"), Contains("/x: says that it holds more than 2^63 elements"));
  File::create(folder / "b.h5").create_dataset("x", Type::of<double>(), {3, 0});
  CHECK(read(folder / "b.h5").empty());
}

TEST_CASE("a dataset without a shape is no number") {
  const TemporaryFolder folder;
  const File file = File::create(folder / "a.h5");
  const Handle null(H5Screate(H5S_NULL));
  Handle(H5Dcreate2(file.id(), "x", H5T_NATIVE_DOUBLE, null.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  CHECK_THAT(message_of<InputError>([&] { file.dataset("x").read<double>(); }), Contains("/x: holds nothing"));
}
