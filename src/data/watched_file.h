// A file that is read again and again while a program runs, and must not change in that time.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace invar::data {

class WatchedFile {
 public:
  /// InputError where it cannot be opened.
  explicit WatchedFile(std::filesystem::path path);
  ~WatchedFile();
  WatchedFile(const WatchedFile&) = delete;
  WatchedFile& operator=(const WatchedFile&) = delete;

  /// Bytes begin … begin + bytes − 1. InputError where the file has been written to since it was opened. (One that
  /// another has taken the place of, under the same name, is still read.)
  void read(std::int64_t begin, std::int64_t bytes, std::uint8_t* to) const;

 private:
  [[noreturn]] void fail(const std::string& problem) const;

  std::filesystem::path path_;
  int descriptor_;
  struct stat opened_ {};
};

}  // namespace invar::data
