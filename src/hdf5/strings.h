// Strings out of HDF5, of variable or fixed length, with each of HDF5's three paddings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hdf5/failure.h"
#include "hdf5/type.h"

namespace invar::hdf5 {

/// `read(type, buffer)` is H5Dread or H5Aread; `space` (that of the data in memory) serves to free HDF5's allocations.
std::vector<std::string> read_strings(const Type& file_type, const Space& space, std::size_t count, const Place& place,
                                      const std::function<herr_t(hid_t, void*)>& read);

}  // namespace invar::hdf5
