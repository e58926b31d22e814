// What a chunk that is packed with deflate becomes. HDF5 1.10 does not look: where the file's description of its chunks
// is damaged, it reads on behind what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hdf5/dataset.h"

namespace invar::hdf5 {

/// Bytes that the `stored` ones of the chunk at `at` unpack to; none where they are stored without deflate. InputError
/// where they are damaged.
std::optional<std::uint64_t> inflated_size(const Dataset& dataset, const std::vector<hsize_t>& at,
                                           std::uint64_t stored);

}  // namespace invar::hdf5
