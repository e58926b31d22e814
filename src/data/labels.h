// Class numbers out of HDF5: integers from 0 on.
#pragma once

#include <cstdint>
#include <vector>

#include "hdf5/dataset.h"

namespace invar::data {

struct ClassNumbers {
  std::vector<std::int32_t> first;  // of the entries taken
  std::int64_t classes = 0;         // of all entries: those taken may lack one
};

/// Of the first `count` entries along axis 0. InputError where one of all entries is no class number, with its place
/// and with what to do where the numbers are none, `otherwise`.
ClassNumbers read_class_numbers(const hdf5::Dataset& dataset, std::int64_t count, const std::string& otherwise);

}  // namespace invar::data
