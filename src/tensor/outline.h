// What a block's text says before any extent is known: names, index letters and laws. For callers that compose texts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/block.h"
#include "tensor/block_text.h"

namespace invar {

struct BlockOutline {
  struct Tensor {
    std::string name;
    std::vector<std::string> axes;  // as written: "t", "(h a)"
    std::string at;                 // "SOURCE:LINE:COLUMN"
  };
  struct Law {
    LawKind kind = LawKind::law;
    std::string name;
    std::string scope;
    std::vector<std::string> indices;
  };

  std::vector<Tensor> parameters, constants, definitions;
  Tensor input, output;
  std::vector<Law> laws;
  std::map<std::string, Index> sizes;  // of the `sizes` lines

  /// Of parameters and constants, by name.
  std::map<std::string, std::vector<std::string>> axes() const;
};

/// Throws InputError as read_block does, as far as grammar, names and indices go.
BlockOutline outline(std::string_view text, const TextSource& source, const BlockLibrary& library = {},
                     TextKind kind = TextKind::block);

}  // namespace invar
