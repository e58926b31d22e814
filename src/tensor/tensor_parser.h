// Tensors with their subscripts, and the names that they may have at a place of the text.
#pragma once

#include <functional>
#include <string>

#include "tensor/syntax.h"
#include "tensor/token_cursor.h"

namespace invar {

/// What a name stands for while the text is read from above to below.
struct KnownTensors {
  const BlockSyntax* declared = nullptr;
  /// The line in which a name is declared at this place or further down, 0 where it is not.
  std::function<int(std::string_view)> later_line;
};

/// `what` completes "expected …".
IndexUse parse_index(TokenCursor& cursor, const std::string& what);
Index parse_integer(TokenCursor& cursor, const std::string& what);

/// `[h d (j c) 0]`, or nothing.
std::vector<Subscript> parse_subscripts(TokenCursor& cursor);

/// A tensor whose name has just been taken: it must be known and be written with all its axes.
TensorUse parse_tensor(TokenCursor& cursor, const KnownTensors& known, const Token& name);

}  // namespace invar
