// Files of safetensors for the tests, byte by byte.
#pragma once

#include <string>

#include "tests/data/image_files.h"

namespace invar::testing {

inline ByteVector safetensors_bytes(const std::string& header, const ByteVector& data) {
  ByteVector bytes;
  for (std::uint64_t length = header.size(), byte = 0; byte < 8; ++byte, length >>= 8)
    bytes.push_back(static_cast<std::uint8_t>(length & 255));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

/// "W":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}
inline std::string entry(const std::string& name, const std::string& offsets, const std::string& shape = "[2]",
                         const std::string& type = "F32") {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
}

}  // namespace invar::testing
