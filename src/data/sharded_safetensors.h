// Weights in several files of safetensors (shards), as large models are saved: model.safetensors.index.json has
// {"weight_map": {"NAME": "model-00001-of-00003.safetensors", …}}, the shards lie beside it.
#pragma once

#include <filesystem>
#include <vector>

#include "data/named_tensor.h"

namespace invar::data {

/// All tensors of all shards, sorted by name. InputError: the index is damaged or has a key twice, a shard is not there
/// or not beside the index, a tensor is not in the shard that the index names, or in one that it does not name.
std::vector<WeightTensor> load_sharded_safetensors(const std::filesystem::path& index);

}  // namespace invar::data
