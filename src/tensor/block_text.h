// A block's text as messages see it: places, quotations, and the one way in which the front end refuses a text.
//
// Lines and columns count from 1; a column is a character (UTF-8), not a byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

struct Place {
  int line = 1;
  int column = 1;
};

/// Bytes [begin, end) of the text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct BlockText {
  std::string_view text;
  std::string source;  // its name in messages

  /// Throws InputError "SOURCE:LINE:COLUMN: message".
  [[noreturn]] void fail(Place place, const std::string& message) const;

  /// The span as written, without comments, each run of white space as one space.
  std::string quote(Span span) const;
};

/// "'a'", "'a' and 'b'", "'a', 'b' and 'c'".
std::string list_text(const std::vector<std::string>& names);

/// The rest of a message about an unknown name: the nearest of `known` where one is near, else all of them.
std::string known_names(std::string_view name, const std::vector<std::string>& known);

}  // namespace invar
