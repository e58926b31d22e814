// A block as a part of another:
//
//   use BLOCK as SCOPE ( INPUT = TENSOR {, LETTER = (INTEGER | LETTER)} {, OPTION = VALUE} )
//
// `use swiglu as layers.0.ffn (x = r, h = 64)` feeds r to the block's input x. Its output is the tensor `layers.0.ffn`,
// everything else has the scope before its name: the parameter layers.0.ffn.A, the law layers.0.ffn.down_up. Leading
// axes that the tensor has beyond the input's are mapped over as samples are: a block f[d] → [m] used on r[t d] gives
// layers.0.ffn[t m]. Letters are the block's own; an axis of the input has the tensor's letter, h = 64 gives a letter
// an extent, h = k a letter of the text around it.
#pragma once

#include <map>
#include <string>

#include "tensor/syntax.h"
#include "tensor/token_cursor.h"

namespace invar {

struct UseLine {
  struct Given {
    std::string value;
    Place place;
  };
  std::string block, scope;
  Place place, scope_place;
  std::map<std::string, Given> parts;                       // of one letter, or with a tensor as value
  std::map<std::string, std::string, std::less<>> options;  // the others: what they mean is the library's to say
};

/// What stands behind the word `use`; `outer`: the text so far, whose tensors may be fed to the block.
UseLine parse_use(TokenCursor& cursor, const BlockSyntax& outer);

/// The used block's lines with the names, letters and axes that they have in `outer`. `extents`: those that the block's
/// options fix.
BlockSyntax placed(const BlockText& block, BlockSyntax used, const std::map<std::string, Index>& extents,
                   const UseLine& line, const BlockSyntax& outer);

}  // namespace invar
