// Bytes that are put down once, in order, and read again anywhere: what a packed file holds, or the tokens of a text.
// The first of them stay in memory; more go to a file without a name in the folder for temporary files (TMPDIR, else
// /tmp), so that memory does not depend on the size of a data set.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace invar::data {

class Spool {
 public:
  static constexpr std::int64_t kInMemory = std::int64_t{64} << 20;  // bytes

  explicit Spool(std::int64_t in_memory = kInMemory) : in_memory_(in_memory) {}
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// InputError where there is no room for them.
  void append(std::span<const std::uint8_t> bytes);
  std::int64_t size() const { return written_ + static_cast<std::int64_t>(rest_.size()); }

  /// Bytes begin … begin + bytes − 1, which must have been put down. By any number of threads, while none appends.
  void read(std::int64_t begin, std::int64_t bytes, std::uint8_t* to) const;

 private:
  void write_rest();

  std::int64_t in_memory_;
  std::vector<std::uint8_t> rest_;  // behind what is in the file
  std::int64_t written_ = 0;
  int descriptor_ = -1;
};

/// Exactly `bytes` bytes from `begin` on, in as many calls as it takes; false: the file is shorter, or errno says why.
bool read_at(int descriptor, std::int64_t begin, std::int64_t bytes, std::uint8_t* to);

}  // namespace invar::data
