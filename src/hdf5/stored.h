// Whether the numbers that a dataset is said to hold are there. HDF5 gives fill values, without a word, for what was
// never written, for the parts of a virtual dataset whose source is gone, and for raw files that are too short; and it
// says how much a dataset holds before anyone knows whether the file does.
#pragma once

#include <cstdint>

#include "hdf5/failure.h"
#include "hdf5/handle.h"

namespace invar::hdf5 {

class Dataset;

/// Entries along the first axis; a scalar has one.
struct Rows {
  std::int64_t begin = 0, count = 0;
};

/// InputError that names what is missing of these entries, or is less than they take.
void expect_stored(const Dataset& dataset, Rows rows);

/// The same for the sources that a virtual dataset, of these creation properties, is made of. `depth`: how many virtual
/// datasets lead here.
void expect_sources(const Dataset& dataset, const Handle& creation, Rows rows, int depth);
void expect_stored(const Dataset& dataset, Rows rows, int depth);

/// The file and the path where a dataset really is: links lead elsewhere.
Place stored_place(const Dataset& dataset);

}  // namespace invar::hdf5
