// See seal.h.
#include "record/seal.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

#include "error.h"

namespace invar::record {
namespace {

using Seal = std::array<char, 12>;

/// Of the first `length` bytes, and of their number; none where they cannot be read.
std::optional<Seal> seal_of(std::istream& file, std::uint64_t length) {
  std::vector<char> buffer(std::min<std::uint64_t>(length, 1 << 20));
  uLong sum = crc32(0, nullptr, 0);
  for (std::uint64_t left = length; left > 0;) {
    const std::uint64_t part = std::min<std::uint64_t>(left, buffer.size());
    if (!file.read(buffer.data(), static_cast<std::streamsize>(part))) return std::nullopt;
    sum = crc32_z(sum, reinterpret_cast<const unsigned char*>(buffer.data()), part);
    left -= part;
  }
  Seal seal;
  std::memcpy(seal.data(), &length, 8);
  sum = crc32_z(sum, reinterpret_cast<const unsigned char*>(seal.data()), 8);
  const auto narrow = static_cast<std::uint32_t>(sum);
  std::memcpy(seal.data() + 8, &narrow, 4);
  return seal;
}

}  // namespace

void seal(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t length = std::filesystem::file_size(path, error);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const std::optional<Seal> seal = !error && file ? seal_of(file, length) : std::nullopt;
  if (seal) {
    file.seekp(0, std::ios::end);
    file.write(seal->data(), seal->size());
  }
  if (!seal || !file.flush())
    throw InputError(path.string() + ": cannot be completed: free some space, or choose another output");
}

bool is_sealed(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file || size < sizeof(Seal)) return false;
  const std::optional<Seal> wanted = seal_of(file, size - sizeof(Seal));
  Seal found{};
  return wanted && file.read(found.data(), found.size()) && found == *wanted;
}

}  // namespace invar::record
