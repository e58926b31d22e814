// Columns of texts made as narrow as a line is wide, so that numbers stay where words can be said once or shorter.
#pragma once

#include <string>
#include <vector>

namespace invar {

struct ShownColumn {
  std::string title;
  bool text = false;  // else a number, which is never cut
  std::vector<std::string> cells;
  bool said = false;  // what they have in common, in a line of its own

  std::size_t width() const;
};

/// Makes a line of all columns, with two blanks between them, at most `most` wide, as far as there is need. First what
/// all cells of a text have in common is said once, in the lines that are returned ("law: layers.*.norm.scale", in the
/// cells what the star stands for; a column that is one text leaves), where most is gained first; then texts are cut in
/// their middle, there where they stay apart; only then the last columns leave.
std::vector<std::string> fit(std::vector<ShownColumn>& columns, std::size_t most);

}  // namespace invar
