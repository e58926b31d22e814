// The header of a file of safetensors: where each tensor lies. All that the format says of it is checked, and what the
// reference implementation (safetensors::tensor, in Rust) checks: sizes are those of shape and type, the tensors lie
// side by side from the first byte behind the header to the last of the file, and no key stands twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hdf5/type.h"

namespace invar::data {

using hdf5::Shape;

struct SafetensorsEntry {
  std::string name;
  std::string type;  // "F32"
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // bytes behind the header

  std::int64_t count() const;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> tensors;  // as they lie in the file
  std::map<std::string, std::string> metadata;
};

/// The most bytes that a header may have, as in the reference implementation.
inline constexpr std::uint64_t kMostHeaderBytes = 100'000'000;

/// Of the header's text and the number of bytes behind it. InputError says what is wrong: "has …", for the caller to
/// put the file before it.
SafetensorsHeader read_safetensors_header(std::string_view text, std::uint64_t data_bytes);

}  // namespace invar::data
