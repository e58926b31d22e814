// See strings.h.
#include "hdf5/strings.h"

#include <algorithm>

namespace invar::hdf5 {
namespace {

std::vector<std::string> read_variable(const Type& file_type, const Space& space, std::size_t count, const Place& place,
                                       const std::function<herr_t(hid_t, void*)>& read) {
  std::vector<char*> pointers(count, nullptr);
  checked(read(file_type.id(), pointers.data()), place, "cannot read its text");
  std::vector<std::string> strings;
  strings.reserve(count);
  for (const char* pointer : pointers) strings.emplace_back(pointer == nullptr ? "" : pointer);
  H5Dvlen_reclaim(file_type.id(), space.id(), H5P_DEFAULT, pointers.data());
  return strings;
}

std::vector<std::string> read_fixed(const Type& file_type, std::size_t count, const Place& place,
                                    const std::function<herr_t(hid_t, void*)>& read) {
  const std::size_t width = H5Tget_size(file_type.id());
  const bool blanks = H5Tget_strpad(file_type.id()) == H5T_STR_SPACEPAD;
  std::string bytes(count * width, '\0');
  checked(read(file_type.id(), bytes.data()), place, "cannot read its text");
  std::vector<std::string> strings;
  strings.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string text = bytes.substr(i * width, width);
    text.erase(std::min(text.find('\0'), text.size()));
    if (blanks) text.erase(text.find_last_not_of(' ') + 1);
    strings.push_back(std::move(text));
  }
  return strings;
}

}  // namespace

std::vector<std::string> read_strings(const Type& file_type, const Space& space, std::size_t count, const Place& place,
                                      const std::function<herr_t(hid_t, void*)>& read) {
  return H5Tis_variable_str(file_type.id()) > 0 ? read_variable(file_type, space, count, place, read)
                                                : read_fixed(file_type, count, place, read);
}

}  // namespace invar::hdf5
