// What a path that leads to nothing was to lead to.
#pragma once

#include <string>
#include <string_view>

#include "hdf5/handle.h"

namespace invar::hdf5 {

/// "there is no such dataset", or the link on the path's way that leads nowhere, with the file and the object that it
/// names. `what`: "dataset", "group".
std::string why_missing(hid_t group, const std::string& path, std::string_view what);

}  // namespace invar::hdf5
