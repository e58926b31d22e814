// What the targets share. An input ends well where the reader takes it or throws InputError; anything else that it
// throws, and whatever a sanitizer or libFuzzer's limits stop, is a finding.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>
#include <vector>

#include "data/samples.h"
#include "error.h"
#include "tests/hdf5/temporary_folder.h"

namespace invar::fuzz {

/// An input, taken from its front; behind its end there are zeros.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : left_(bytes, size) {}

  std::uint8_t byte() {
    const auto taken = take(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  /// Of two bytes, the lower one first.
  std::size_t word() {
    const std::size_t low = byte();
    return low + 256 * std::size_t{byte()};
  }
  /// `count` bytes, or what is left.
  std::span<const std::uint8_t> take(std::size_t count) {
    const auto taken = left_.first(std::min(count, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  std::span<const std::uint8_t> rest() { return take(left_.size()); }
  bool empty() const { return left_.empty(); }

 private:
  std::span<const std::uint8_t> left_;
};

inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A file of these bytes, in a folder of the process.
inline std::filesystem::path written(const std::string& name, std::span<const std::uint8_t> bytes) {
  static const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder / name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

template <class Action>
void ends_well(Action action) {
  try {
    action();
  } catch (const InputError&) {
  }
}

/// Every number, a row at a time.
inline void read_all(const data::Samples& samples) {
  for (const data::SharedRows& rows : {samples.x, samples.y}) {
    if (!rows) continue;
    std::vector<double> row(static_cast<std::size_t>(rows->elements()));
    for (std::int64_t i = 0; i < rows->count(); ++i) rows->read(i, row.data());
  }
}

}  // namespace invar::fuzz
