// Weights as safetensors (https://github.com/huggingface/safetensors): eight bytes of length, little-endian, a JSON
// header {"NAME": {"dtype", "shape", "data_offsets"}}, then the tensors one after the other, row-major. Names and
// shapes are those of the block's tensors, in their order.
//
// The format has no checksum. Files that are written here have one in their metadata, of names, types, shapes and
// bytes, which is checked where there is one.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/named_tensor.h"

namespace invar::data {

enum class WeightFormat : std::uint8_t { float32, float64 };

/// Tensors of F64, F32, F16 and BF16, or integers, sorted by name. InputError: the file cannot be read, breaks a rule
/// of the format (safetensors_header.h), does not have its checksum, or holds another type.
std::vector<WeightTensor> load_safetensors(const std::filesystem::path& path);

struct SavedTensor {
  NamedTensor tensor;
  WeightFormat format = WeightFormat::float32;
};

/// Appears whole or not at all; where the path is a link, in its place. InputError where it cannot be written.
void save_safetensors(const std::filesystem::path& path, const std::vector<SavedTensor>& tensors,
                      std::map<std::string, std::string> metadata);

}  // namespace invar::data
