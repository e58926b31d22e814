// See failure.h.
#include "hdf5/failure.h"

#include <hdf5.h>

#include <cstdlib>

#include "error.h"

namespace invar::hdf5 {

void prepare_library() {
  // HDF5 opens the sources of virtual datasets and of links itself, by the environment and not as we open files: two
  // ways to lock would not go together on one file.
  static const int unlocked = ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  static const herr_t stays = H5dont_atexit();  // fails where HDF5 was used before, which does no harm
  thread_local const herr_t silent = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(unlocked);
  static_cast<void>(stays);
  static_cast<void>(silent);
}

std::string last_reason() {
  std::string reason;
  // Upward starts at the innermost entry, which alone names the cause ("file signature not found", "truncated file").
  const auto keep_first = [](unsigned position, const H5E_error2_t* entry, void* result) -> herr_t {
    if (position == 0 && entry->desc != nullptr) *static_cast<std::string*>(result) = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &reason);
  if (reason.starts_with("file write failed")) return "file write failed";  // with the time, in lines, and addresses
  return reason.substr(0, reason.find('\n'));
}

std::string to_string(const Place& place) {
  return place.object.empty() ? place.file : place.file + ": " + place.object;
}

void fail(const Place& place, std::string_view what) {
  std::string message = to_string(place) + ": ";
  message += what;
  const std::string reason = last_reason();
  if (!reason.empty()) message += " (HDF5: " + reason + ")";
  throw InputError(message);
}

}  // namespace invar::hdf5
