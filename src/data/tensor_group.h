// Named tensors out of a group of an HDF5 file.
#pragma once

#include <vector>

#include "data/named_tensor.h"
#include "hdf5/file.h"

namespace invar::data {

/// All datasets of the group, sorted by name; members that are groups only where `skip` names them. Two names of one
/// dataset are two tensors with the same numbers. InputError: a member is another group, or holds no numbers or none.
std::vector<WeightTensor> read_tensor_group(const hdf5::Group& group, const std::string& skip = "");

/// InputError where two of the tensors, of any groups of the file, are two datasets that share bytes of it.
void expect_apart(const hdf5::File& file, const std::vector<WeightTensor>& tensors,
                  const std::vector<WeightTensor>& others = {});

}  // namespace invar::data
