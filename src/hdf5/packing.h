// netCDF's attributes that make a dataset's numbers others than those that are stored: packed numbers, values that
// stand for missing ones, ranges of what is valid. Such numbers are not taken as they are, nor is it guessed what was
// meant.
#pragma once

#include <span>

#include "hdf5/dataset.h"

namespace invar::hdf5 {

/// Whether a dataset has any of them, or netCDF's own value for what was never written.
bool says_of_its_numbers(const Dataset& dataset);

/// `values`: what was read of a dataset, from its element `first` on. InputError where the attributes say that one is
/// missing, not valid, or to be unpacked.
template <Number T>
void expect_plain(const Dataset& dataset, std::int64_t first, std::span<const T> values);

}  // namespace invar::hdf5
