// A file out of a whole one and patches, so that an input says little and what it damages lies in an otherwise good
// file. Patches: three bytes of place (modulo the size, the lowest first), a byte of length n, n bytes; a length of 0
// cuts the file off there.
#pragma once

#include "tests/fuzz/fuzz.h"

namespace invar::fuzz {

using ByteVector = std::vector<std::uint8_t>;

inline ByteVector bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return ByteVector(std::istreambuf_iterator<char>(file), {});
}

inline ByteVector patched(ByteVector whole, Input& input) {
  while (!input.empty() && !whole.empty()) {
    const std::size_t low = input.word();
    const std::size_t place = (low + 65536 * std::size_t{input.byte()}) % whole.size();
    const std::size_t length = input.byte();
    if (length == 0) whole.resize(place);
    const auto bytes = input.take(length);
    std::copy_n(bytes.begin(), std::min(bytes.size(), whole.size() - std::min(place, whole.size())),
                whole.begin() + static_cast<std::ptrdiff_t>(std::min(place, whole.size())));
  }
  return whole;
}

}  // namespace invar::fuzz
