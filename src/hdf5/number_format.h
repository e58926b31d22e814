// Descriptions of numbers that can be right.
#pragma once

#include "hdf5/dataset.h"

namespace invar::hdf5 {

/// InputError where a dataset's numbers are said to be of a format that no program writes: HDF5 would convert them all
/// the same.
void expect_number_format(const Dataset& dataset);

}  // namespace invar::hdf5
