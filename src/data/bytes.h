// Bytes out of a file that is plain or packed with gzip (told by its content, not its name). Whatever is damaged or cut
// off becomes an InputError with the file, the position and the remedy.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace invar::data {

class Bytes {
 public:
  /// `remedy` ends the messages: how to get a good copy of the file.
  Bytes(const std::filesystem::path& path, std::string remedy);
  ~Bytes();
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// Exactly `count` bytes; `what` says in the message what the file ended in.
  std::vector<std::uint8_t> read(std::int64_t count, const std::string& what);
  /// At most `count` bytes, fewer only at the end of the file.
  std::vector<std::uint8_t> read_some(std::int64_t count);
  /// Reads on to the end, where gzip's check sum is; InputError where a byte is left.
  void expect_end(const std::string& what);

  /// With gzip.
  bool packed() const;

  [[noreturn]] void fail(const std::string& problem) const;
  [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const;

 private:
  std::string name_, remedy_;
  void* stream_ = nullptr;  // gzFile: keeps zlib.h out of this header
  std::int64_t position_ = 0;
};

}  // namespace invar::data
