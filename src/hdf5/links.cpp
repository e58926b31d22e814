// See links.h.
#include "hdf5/links.h"

#include <string>

namespace invar::hdf5 {
namespace {

/// What a link says, where it is one that can lead nowhere.
std::string target(hid_t group, const std::string& path) {
  H5L_info_t info;
  if (H5Lget_info(group, path.c_str(), &info, H5P_DEFAULT) < 0) return "";
  if (info.type == H5L_TYPE_HARD) return "an object that cannot be opened";
  std::string value(info.u.val_size + 1, '\0');
  if (H5Lget_val(group, path.c_str(), value.data(), value.size(), H5P_DEFAULT) < 0) return "";
  if (info.type == H5L_TYPE_SOFT) return std::string(value.c_str()) + " of the same file, which is not there or leads back here";
  const char* file = nullptr;
  const char* object = nullptr;
  unsigned flags = 0;
  if (info.type != H5L_TYPE_EXTERNAL || H5Lunpack_elink_val(value.data(), info.u.val_size, &flags, &file, &object) < 0)
    return "something of a kind that is not known here";
  return std::string(object) + " of the file " + file + ": that file is not there, or nothing of this name is in it";
}

}  // namespace

std::string why_missing(hid_t group, const std::string& path, std::string_view what) {
  const std::string none = "there is no such " + std::string(what);
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (H5Lexists(group, prefix.c_str(), H5P_DEFAULT) <= 0) return none;
    if (H5Oexists_by_name(group, prefix.c_str(), H5P_DEFAULT) <= 0)
      return (end == std::string::npos ? "is a link to " : prefix + " is a link to ") + target(group, prefix) +
             "; put it there, or store the " + std::string(what) + " itself";
    if (end == std::string::npos) return none;
  }
}

}  // namespace invar::hdf5
