// Text → tokens. A line ends where its brackets are closed and its last token is no binary operator; `#` starts a
// comment. Names may be dotted (`layers.0.up.A`).
#pragma once

#include <string_view>
#include <vector>

#include "tensor/block_text.h"

namespace invar {

struct Token {
  enum class Kind { name, number, symbol, line_end, end };
  Kind kind = Kind::end;
  std::string_view text;  // part of the block's text
  double number = 0.0;
  bool integer = false;  // the number is written without point and exponent
  Place place;
  Span span;

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == Kind::name && text == name; }
};

/// The last token is of kind `end`, the one before it a line_end unless the text is empty; no two line_ends in a row.
std::vector<Token> tokens_of(const BlockText& block, const BlockText::Piece& piece);

}  // namespace invar
