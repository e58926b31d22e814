// What a file of weights is, by its first bytes; and of those that other programs read, how to make one that is read
// here.
#pragma once

#include <filesystem>

namespace invar::data {

enum class WeightKind : unsigned char { safetensors, shards, hdf5 };

/// Of a file, or of a folder that has an index of shards. InputError: another kind, with the line of Python that makes
/// safetensors of it, or a file that cannot be read.
WeightKind weight_kind(const std::filesystem::path& path);

}  // namespace invar::data
