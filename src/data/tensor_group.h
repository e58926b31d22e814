// Named tensors out of a group of an HDF5 file.
#pragma once

#include <vector>

#include "data/named_tensor.h"
#include "hdf5/file.h"

namespace invar::data {

/// All datasets of the group, sorted by name; members that are groups only where `skip` names them. Two names of one
/// dataset are two tensors with the same numbers. InputError: a member is another group, holds no numbers or none, or
/// shares a part of its bytes with another.
std::vector<WeightTensor> read_tensor_group(const hdf5::Group& group, const std::string& skip = "");

}  // namespace invar::data
