// See type.h.
#include "hdf5/type.h"

#include <algorithm>
#include <array>
#include <string>

#include "hdf5/failure.h"

namespace invar::hdf5 {
namespace {

bool is_truth_value(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return false;
  char* first = H5Tget_member_name(type, 0);
  char* second = H5Tget_member_name(type, 1);
  const bool result =
      first != nullptr && second != nullptr && std::string(first) == "FALSE" && std::string(second) == "TRUE";
  H5free_memory(first);
  H5free_memory(second);
  return result;
}

Type copy_of(hid_t type) {
  return Type(Handle(checked(H5Tcopy(type), {}, "cannot copy an HDF5 type")));
}

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::array names{"integers", "floating-point numbers", "truth values", "text", "neither numbers nor text"};
  return names.at(static_cast<std::size_t>(kind));
}

Kind kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return Kind::integer;
    case H5T_FLOAT:
      return Kind::floating;
    case H5T_STRING:
      return Kind::text;
    case H5T_ENUM:
      return is_truth_value(type) ? Kind::boolean : Kind::other;
    default:
      return Kind::other;
  }
}

// HDF5's names of native types are macros that open the library, so they cannot be constants.
template <>
Type Type::of<double>() {
  return copy_of(H5T_NATIVE_DOUBLE);
}
template <>
Type Type::of<float>() {
  return copy_of(H5T_NATIVE_FLOAT);
}
template <>
Type Type::of<std::int64_t>() {
  return copy_of(H5T_NATIVE_INT64);
}
template <>
Type Type::of<std::int32_t>() {
  return copy_of(H5T_NATIVE_INT32);
}
template <>
Type Type::of<std::uint8_t>() {
  return copy_of(H5T_NATIVE_UINT8);
}

Type Type::variable_text() {
  Type type = copy_of(H5T_C_S1);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  H5Tset_size(type.id(), H5T_VARIABLE);
  return type;
}

Type Type::fixed_text(std::int64_t width) {
  Type type = copy_of(H5T_C_S1);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_size(type.id(), static_cast<std::size_t>(std::max<std::int64_t>(width, 1)));
  return type;
}

Space::Space(const Shape& shape) {
  std::vector<hsize_t> extents(shape.begin(), shape.end());
  const hid_t id =
      shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), extents.data(), nullptr);
  handle_ = Handle(checked(id, {}, "cannot create an HDF5 dataspace"));
}

Shape Space::shape() const {
  const int rank = H5Sget_simple_extent_ndims(id());
  std::vector<hsize_t> extents(static_cast<std::size_t>(std::max(rank, 0)));
  if (!extents.empty()) H5Sget_simple_extent_dims(id(), extents.data(), nullptr);
  return Shape(extents.begin(), extents.end());
}

void Space::select(std::int64_t begin, std::int64_t count) {
  const Shape all = shape();
  std::vector<hsize_t> from(all.size(), 0), extent(all.begin(), all.end());
  from.at(0) = static_cast<hsize_t>(begin);
  extent.at(0) = static_cast<hsize_t>(count);
  checked(H5Sselect_hyperslab(id(), H5S_SELECT_SET, from.data(), nullptr, extent.data(), nullptr), {},
          "cannot select entries along the first axis");
}

}  // namespace invar::hdf5
