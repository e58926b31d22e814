// See dataset.h.
#include "hdf5/dataset.h"

#include <limits>
#include <new>
#include <stdexcept>

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

template <Number T>
std::vector<T> read_selection(const Dataset& dataset, const Space& selection, const Shape& shape) {
  const Kind kind = dataset.kind();
  if (kind == Kind::text || kind == Kind::other) {
    fail(dataset.place(), "holds " + std::string(to_string(kind)) + " where numbers are needed");
  }
  if (kind == Kind::floating && std::is_integral_v<T>) {
    fail(dataset.place(), "holds floating-point numbers where integers are needed");
  }
  const std::int64_t count = elements(selection, dataset.place());
  std::vector<T> values;
  try {
    values.resize(static_cast<std::size_t>(count));
  } catch (const std::exception&) {  // bad_alloc or length_error: a damaged file may claim any size
    fail(dataset.place(), "its " + std::to_string(count) + " elements do not fit into memory");
  }
  if (count > 0) {
    checked(H5Dread(dataset.id(), Type::of<T>().id(), Space(shape).id(), selection.id(), H5P_DEFAULT, values.data()),
            dataset.place(), "cannot read it");
  }
  return values;
}

}  // namespace

Shape Dataset::shape() const {
  prepare_library();
  return space_of(*this).shape();
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
  prepare_library();
  return read_selection<T>(*this, space_of(*this), shape());
}

template <Number T>
std::vector<T> Dataset::read_part(std::int64_t begin, std::int64_t count) const {
  prepare_library();
  Space selection = space_of(*this);
  Shape taken = selection.shape();
  if (taken.empty() || begin < 0 || count < 0 || count > taken.front() - begin) {
    fail(place(), "has no " + std::to_string(begin + count) + " entries along its first axis");
  }
  taken.front() = count;
  if (count > 0) selection.select(begin, count);
  return count > 0 ? read_selection<T>(*this, selection, taken) : std::vector<T>{};
}

std::vector<std::string> Dataset::read_text() const {
  prepare_library();
  if (kind() != Kind::text) fail(place(), "holds " + std::string(to_string(kind())) + " where text is needed");
  const Space space = space_of(*this);
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

std::vector<std::string> Dataset::read_characters() const {
  prepare_library();
  const Shape all = shape();
  if (kind() != Kind::text || all.empty() || H5Tget_size(type_of(*this).id()) != 1)
    fail(place(), "holds no characters");
  std::string bytes(static_cast<std::size_t>(size()), '\0');
  checked(H5Dread(id(), Type::character().id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), place(),
          "cannot read it");
  const std::size_t width = static_cast<std::size_t>(all.back());
  std::vector<std::string> strings;
  for (std::size_t begin = 0; begin < bytes.size(); begin += width) {
    const std::string text = bytes.substr(begin, width);
    strings.push_back(text.substr(0, text.find('\0')));
  }
  return strings;
}

void Dataset::write_characters(std::span<const std::string> strings) const {
  prepare_library();
  const Shape all = shape();
  std::string bytes;
  for (const std::string& text : strings) bytes += padded(text, static_cast<std::size_t>(all.back()));
  if (static_cast<std::int64_t>(bytes.size()) != size()) {
    throw std::logic_error(place().object + ": " + std::to_string(strings.size()) + " texts do not fill it");
  }
  if (bytes.empty()) return;
  checked(H5Dwrite(id(), Type::character().id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), place(),
          "cannot write it");
}

std::optional<std::uint64_t> Dataset::offset() const {
  prepare_library();
  const haddr_t address = H5Dget_offset(id());
  if (address == HADDR_UNDEF) return std::nullopt;
  return address;
}

bool Dataset::holds_bytes() const {
  prepare_library();
  return H5Tequal(type_of(*this).id(), Type::of<std::uint8_t>().id()) > 0;
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
