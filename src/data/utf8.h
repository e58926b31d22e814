// The characters of a text file in UTF-8, plain or packed with gzip, a piece at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "data/bytes.h"

namespace invar::data {

/// A byte order mark at the begin is no part of the text. Each line ends with \n, also where the file has \r\n or \r.
class Utf8 {
 public:
  explicit Utf8(const std::filesystem::path& path);

  /// Appends the next piece, whole characters; false at the end. InputError at the first byte that is no UTF-8, or no
  /// text: NUL is of UTF-16, or of binary data.
  bool append_some(std::string& text);

 private:
  void refuse_other_encodings() const;

  Bytes file_;
  std::string raw_;             // read, not yet done: at most the begin of a character, when a piece is appended
  std::size_t done_ = 0;        // bytes of the file before `raw_`
  bool begins_ = true;          // at the file's begin
  bool behind_return_ = false;  // the last character was \r
};

/// Bytes of the white space, beside \n, at the begin of a text in UTF-8; 0: none. Unicode's, as Python's str.split().
std::size_t white_space(std::string_view text);

}  // namespace invar::data
