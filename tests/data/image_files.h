// Small image files for the tests, well formed and not: bytes of IDX and CIFAR-10 files, written plain or with gzip.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

namespace invar::testing {

using ByteVector = std::vector<std::uint8_t>;

inline void append_big_endian(ByteVector& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// A header of these words, then `count` bytes 0, 1, 2, … (modulo `modulus`).
inline ByteVector idx_bytes(std::initializer_list<std::uint32_t> header, std::size_t count, unsigned modulus = 251) {
  ByteVector bytes;
  for (const std::uint32_t word : header) append_big_endian(bytes, word);
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(i % modulus));
  return bytes;
}

/// CIFAR-10 records: label r % 10, and pixel (channel c, row i, column j) = (100 c + 3 i + j + r) % 256.
inline ByteVector cifar_bytes(int records) {
  ByteVector bytes;
  for (int r = 0; r < records; ++r) {
    bytes.push_back(static_cast<std::uint8_t>(r % 10));
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < 32; ++i) {
        for (int j = 0; j < 32; ++j) bytes.push_back(static_cast<std::uint8_t>((100 * c + 3 * i + j + r) % 256));
      }
    }
  }
  return bytes;
}

inline void write_plain(const std::filesystem::path& path, const ByteVector& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline void write_gzip(const std::filesystem::path& path, const ByteVector& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

inline ByteVector file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return ByteVector(std::istreambuf_iterator<char>(file), {});
}

}  // namespace invar::testing
