// Weights as safetensors (https://github.com/huggingface/safetensors): eight bytes of length, little-endian, a JSON
// header
// {"NAME": {"dtype", "shape", "data_offsets"}}, then the tensors one after the other, row-major. Names and shapes are
// those of the parameters, in their order.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/tables.h"

namespace invar::data {

enum class WeightFormat : std::uint8_t { float32, float64 };

/// Tensors of F64, F32, F16 and BF16, sorted by name. InputError: the file cannot be read, is cut off or damaged, or
/// holds another type.
std::vector<NamedTensor> load_safetensors(const std::filesystem::path& path);

/// Appears whole or not at all. InputError where it cannot be written.
void save_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors, WeightFormat format,
                      const std::map<std::string, std::string>& metadata);

}  // namespace invar::data
