// Where the bytes of a dataset lie: in pieces of its own file or of others.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hdf5/dataset.h"
#include "hdf5/handle.h"

namespace invar::hdf5 {

struct Stretch {
  std::string file;
  std::uint64_t begin = 0, bytes = 0;
};

/// Of all of a dataset: one of a contiguous one, one a chunk, one a raw file. None of a compact one, or of a virtual
/// one, whose parts may well be others' bytes.
std::vector<Stretch> stretches(const Dataset& dataset);

/// Those in raw files, of these creation properties, up to so many bytes from the dataset's begin on.
std::vector<Stretch> raw_stretches(const Dataset& dataset, const Handle& creation, std::uint64_t bytes);

/// Visits the first indices of the chunks that hold any of these entries along the first axis, in order.
void for_each_chunk(const Shape& shape, const std::vector<hsize_t>& chunk, hsize_t begin, hsize_t end,
                    const std::function<void(const std::vector<hsize_t>&)>& visit);

/// The extents of its chunks. InputError where they hold nothing.
std::vector<hsize_t> chunk_extents(const Dataset& dataset, const Handle& creation);

}  // namespace invar::hdf5
