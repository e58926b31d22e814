// A block's text as messages see it: places, quotations, and the one way in which the front end refuses a text.
//
// Lines and columns count from 1; a column is a character (UTF-8), not a byte. The texts of used blocks are appended
// behind the text itself, so that one number of a line, or of a byte, says also whose it is.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

struct Place {
  int line = 1;
  int column = 1;
};

/// Bytes [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What messages call a text.
struct TextSource {
  std::string name;
  int own_lines = 0;          // behind these lines stand others that the program appended; 0: none does
  std::string appended = {};  // what they are, for people

  TextSource(std::string source) : name(std::move(source)) {}
  TextSource(const char* source) : name(source) {}
  TextSource(std::string source, int own, std::string what)
      : name(std::move(source)), own_lines(own), appended(std::move(what)) {}
};

class BlockText {
 public:
  /// A text and where it begins; `name`: of the block whose text it is, "" for the text itself.
  struct Piece {
    std::string_view text;
    std::string name;
    Place used;  // the line that uses it
    std::size_t begin = 0;
    int line = 1;
  };

  /// `source`: its name in messages; its lines below `own` were appended, as the read-out.
  BlockText(std::string_view text, TextSource source) : source_(std::move(source)) { append(text, {}, {}); }

  const Piece& whole() const { return pieces_.front(); }
  /// Appends the text of a block that is used at `used`.
  const Piece& add(std::string text, std::string name, Place used);

  /// Throws InputError "SOURCE:LINE:COLUMN: message"; about a used block with the place of the line that uses it.
  [[noreturn]] void fail(Place place, const std::string& message) const;

  /// "SOURCE:LINE:COLUMN", of a used block the line that uses it.
  std::string at(Place place) const;

  /// Where the text itself says so: the place, or, in a used block, the line that uses it.
  Place outermost(Place place) const;

  /// "line 3", "line 2 of 'swiglu'".
  std::string line(Place place) const;

  /// The span as written, without comments, each run of white space as one space.
  std::string quote(Span span) const;

 private:
  bool is_appended(Place place) const;
  const Piece& append(std::string_view text, std::string name, Place used);
  const Piece& piece(Place place) const;

  TextSource source_;
  std::deque<std::string> texts_;  // of used blocks; a deque keeps them where they are
  std::deque<Piece> pieces_;
};

/// "'a'", "'a' and 'b'", "'a', 'b' and 'c'".
std::string list_text(const std::vector<std::string>& names);

/// The rest of a message about an unknown name: the nearest of `known` where one is near, else all of them.
std::string known_names(std::string_view name, const std::vector<std::string>& known);

}  // namespace invar
