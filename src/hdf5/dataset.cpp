// See dataset.h.
#include "hdf5/dataset.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "error.h"
#include "hdf5/filters.h"
#include "hdf5/number_format.h"
#include "hdf5/packing.h"
#include "hdf5/stored.h"
#include "hdf5/strings.h"

namespace invar::hdf5 {
namespace {

Type type_of(const Dataset& dataset) {
  return Type(Handle(checked(H5Dget_type(dataset.id()), dataset.place(), "cannot tell its type")));
}

Space space_of(const Dataset& dataset) {
  return Space(Handle(checked(H5Dget_space(dataset.id()), dataset.place(), "cannot tell its shape")));
}

std::int64_t elements(const Space& space, const Place& place) {
  const hssize_t count = H5Sget_select_npoints(space.id());
  if (count < 0) fail(place, "cannot tell its size");
  return count;
}

/// A read that failed.
[[noreturn]] void fail_to_read(const Dataset& dataset) {
  const std::string reason = last_reason();
  const std::string missing = missing_filter(dataset.id());
  if (!missing.empty()) fail(dataset.place(), missing);
  throw InputError(
      dataset.place().file + ": " + dataset.place().object + ": cannot be read" +
      (reason.empty() ? "" : " (HDF5: " + reason + ")") +
      (reason.find("filter") == std::string::npos ? "" : "; store it with compression=\"gzip\", or without"));
}

template <Number T>
void expect_numbers(const Dataset& dataset) {
  const Kind kind = dataset.kind();
  if (kind == Kind::text || kind == Kind::other) {
    fail(dataset.place(), "holds " + std::string(to_string(kind)) + " where numbers are needed");
  }
  if (kind == Kind::floating && std::is_integral_v<T>) {
    fail(dataset.place(), "holds floating-point numbers where integers are needed");
  }
  expect_number_format(dataset);
}

/// Entries along the first axis that are read together: some megabytes, and whole chunks, which are unpacked once.
std::int64_t rows_at_a_time(const Dataset& dataset, std::int64_t row_bytes) {
  constexpr std::int64_t kAtATime = std::int64_t{16} << 20;
  const std::int64_t some = std::max<std::int64_t>(1, kAtATime / std::max<std::int64_t>(1, row_bytes));
  const Handle creation(H5Dget_create_plist(dataset.id()));
  std::array<hsize_t, H5S_MAX_RANK> chunk{};
  if (H5Pget_layout(creation.id()) != H5D_CHUNKED ||
      H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()) < 1)
    return some;
  const auto together = static_cast<std::int64_t>(chunk[0]);
  return (some + together - 1) / together * together;
}

template <Number T>
std::vector<T> read_rows(const Dataset& dataset, const Shape& shape, Rows rows) {
  expect_numbers<T>(dataset);
  expect_stored(dataset, rows);
  std::int64_t row = 1;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row *= shape[axis];
  std::vector<T> values;
  try {
    // Memory that is not written to is not taken yet.
    values.reserve(static_cast<std::size_t>(rows.count * row));
  } catch (const std::exception&) {  // bad_alloc or length_error
    fail(dataset.place(), "its " + std::to_string(rows.count * row) + " elements do not fit into memory");
  }
  Space selection = space_of(dataset);
  Shape part = shape;
  const std::int64_t together = rows_at_a_time(dataset, row * static_cast<std::int64_t>(sizeof(T)));
  const std::int64_t end = rows.begin + rows.count;
  for (std::int64_t begin = rows.begin; begin < end && row > 0;) {
    const std::int64_t next = std::min(end, (begin / together + 1) * together), here = next - begin;
    if (!shape.empty()) {
      selection.select(begin, here);
      part.front() = here;
    }
    const std::size_t before = values.size();
    values.resize(before + static_cast<std::size_t>(here * row));
    if (H5Dread(dataset.id(), Type::of<T>().id(), Space(part).id(), selection.id(), H5P_DEFAULT,
                values.data() + before) < 0)
      fail_to_read(dataset);
    begin = next;
  }
  expect_plain<T>(dataset, rows.begin * row, values);
  return values;
}

/// All entries along the first axis.
Rows all_rows(const Shape& shape) {
  return {0, shape.empty() ? 1 : shape.front()};
}

}  // namespace

Shape Dataset::shape() const {
  prepare_library();
  const Space space = space_of(*this);
  if (H5Sget_simple_extent_type(space.id()) == H5S_NULL)
    fail(place(), "holds nothing, not even a shape; store numbers");
  Shape shape = space.shape();
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(elements, std::max<std::int64_t>(extent, 1), &elements))
      fail(place(), "says that it holds more than 2^63 elements: the file is damaged; get a complete copy");
  return shape;
}

std::int64_t Dataset::size() const {
  prepare_library();
  return elements(space_of(*this), place());
}

Kind Dataset::kind() const {
  prepare_library();
  return kind_of(type_of(*this).id());
}

template <Number T>
std::vector<T> Dataset::read() const {
  const Shape all = shape();
  return read_rows<T>(*this, all, all_rows(all));
}

template <Number T>
std::vector<T> Dataset::read_part(std::int64_t begin, std::int64_t count) const {
  const Shape all = shape();
  if (all.empty() || begin < 0 || count < 0 || count > all.front() - begin) {
    fail(place(), "has no " + std::to_string(begin + count) + " entries along its first axis");
  }
  return read_rows<T>(*this, all, {begin, count});
}

void Dataset::expect_part(std::int64_t begin, std::int64_t count) const {
  expect_stored(*this, {begin, count});
}

std::vector<std::string> Dataset::read_text() const {
  prepare_library();
  if (kind() != Kind::text) fail(place(), "holds " + std::string(to_string(kind())) + " where text is needed");
  const Space space = space_of(*this);
  expect_stored(*this, all_rows(shape()));
  const auto read = [&](hid_t type, void* buffer) {
    return H5Dread(id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  };
  return read_strings(type_of(*this), space, static_cast<std::size_t>(elements(space, place())), place(), read);
}

template <Number T>
void Dataset::write(std::span<const T> values) const {
  prepare_library();
  if (static_cast<std::int64_t>(values.size()) != size()) {
    throw std::logic_error(place().object + ": " + std::to_string(values.size()) + " values for " +
                           std::to_string(size()) + " elements");
  }
  if (values.empty()) return;
  checked(H5Dwrite(id(), Type::of<T>().id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), place(), "cannot write it");
}

void Dataset::write_part(std::int64_t begin, std::int64_t count, std::span<const double> values) const {
  prepare_library();
  Shape part = shape();
  Space selection = space_of(*this);
  selection.select(begin, count);
  part.at(0) = count;
  const Space memory(part);
  if (static_cast<std::int64_t>(values.size()) != elements(memory, place()))
    throw std::logic_error(place().object + ": " + std::to_string(values.size()) + " values for a part of it");
  if (values.empty()) return;
  checked(H5Dwrite(id(), Type::of<double>().id(), memory.id(), selection.id(), H5P_DEFAULT, values.data()), place(),
          "cannot write it");
}

void Dataset::write_text(std::span<const std::string> strings) const {
  prepare_library();
  if (static_cast<std::int64_t>(strings.size()) != size()) {
    throw std::logic_error(place().object + ": " + std::to_string(strings.size()) + " strings for " +
                           std::to_string(size()) + " elements");
  }
  if (strings.empty()) return;
  const Type type = type_of(*this);
  if (H5Tis_variable_str(type.id()) > 0) {
    std::vector<const char*> pointers;
    for (const std::string& text : strings) pointers.push_back(text.c_str());
    checked(H5Dwrite(id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), place(), "cannot write it");
    return;
  }
  std::string bytes;
  for (const std::string& text : strings) bytes += padded(text, H5Tget_size(type.id()));
  checked(H5Dwrite(id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), place(), "cannot write it");
}

std::optional<Location> Dataset::location() const {
  prepare_library();
  const haddr_t address = H5Dget_offset(id());
  if (address == HADDR_UNDEF) return std::nullopt;
  return Location{stored_place(*this).file, address};
}

bool Dataset::stores(const Type& type) const {
  prepare_library();
  return H5Tequal(type_of(*this).id(), type.id()) > 0;
}

std::string padded(std::string_view text, std::size_t width) {
  std::size_t length = std::min(text.size(), width);
  // Bytes 10xxxxxx continue a UTF-8 character: never cut in front of one.
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  std::string result(text.substr(0, length));
  result.resize(width, '\0');
  return result;
}

template std::vector<double> Dataset::read<double>() const;
template std::vector<float> Dataset::read<float>() const;
template std::vector<std::int64_t> Dataset::read<std::int64_t>() const;
template std::vector<std::int32_t> Dataset::read<std::int32_t>() const;
template std::vector<std::uint8_t> Dataset::read<std::uint8_t>() const;
template std::vector<double> Dataset::read_part<double>(std::int64_t, std::int64_t) const;
template std::vector<float> Dataset::read_part<float>(std::int64_t, std::int64_t) const;
template std::vector<std::int64_t> Dataset::read_part<std::int64_t>(std::int64_t, std::int64_t) const;
template std::vector<std::int32_t> Dataset::read_part<std::int32_t>(std::int64_t, std::int64_t) const;
template std::vector<std::uint8_t> Dataset::read_part<std::uint8_t>(std::int64_t, std::int64_t) const;
template void Dataset::write<double>(std::span<const double>) const;
template void Dataset::write<float>(std::span<const float>) const;
template void Dataset::write<std::int64_t>(std::span<const std::int64_t>) const;
template void Dataset::write<std::int32_t>(std::span<const std::int32_t>) const;
template void Dataset::write<std::uint8_t>(std::span<const std::uint8_t>) const;

}  // namespace invar::hdf5
