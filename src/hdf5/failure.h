// How a failure of the HDF5 C library becomes an InputError: file, object, what was tried, and HDF5's own reason (the
// innermost entry of its error stack). HDF5's automatic printing is switched off, in each thread that comes here.
#pragma once

#include <string>
#include <string_view>

namespace invar::hdf5 {

/// Where something went wrong: the file and the path of the object in it.
struct Place {
  std::string file;
  std::string object;
};

/// "FILE: OBJECT", to begin a message with.
std::string to_string(const Place& place);

/// Call before the first HDF5 call of a thread (printing is per thread in a thread-safe HDF5). It also keeps HDF5 from
/// cleaning up when the process exits: handles close what they open, and HDF5's own way of closing a file that it could
/// not write, on a full disk, is a crash.
void prepare_library();

/// The innermost entry of the error stack, "" if the stack is empty.
std::string last_reason();

/// Throws InputError "FILE: OBJECT: WHAT (REASON)".
[[noreturn]] void fail(const Place& place, std::string_view what);

/// Passes on the value of an HDF5 call; a negative one is a failure.
template <class Value>
Value checked(Value value, const Place& place, std::string_view what) {
  if (value < 0) fail(place, what);
  return value;
}

}  // namespace invar::hdf5
