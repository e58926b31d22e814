// Weights out of whatever file holds them, told by its content.
#pragma once

#include <filesystem>
#include <string>

#include "data/named_tensor.h"

namespace invar::data {

/// FILE.safetensors; an index of shards, or a folder that has one; FILE.h5, whose tensors are in /parameters, or
/// FILE.h5:GROUP. Of HDF5 the group `constants` beside the group belongs to it. Of a results file runs/0003/end and
/// runs/0003/start are the parameters of run 3. InputError: none of these, with what makes one of it; or damaged.
WeightFile load_weight_file(const std::string& place);

/// The file or folder of such a place: without its group.
std::filesystem::path weight_path(const std::string& place);

}  // namespace invar::data
