// The filters of a dataset in chunks, mostly compressions.
#pragma once

#include <string>

#include "hdf5/handle.h"

namespace invar::hdf5 {

/// "with lzf (filter 32000), which …; remedy" for the first filter that HDF5 has not here; "" where it has all.
std::string missing_filter(hid_t dataset);

}  // namespace invar::hdf5
