// What a block's text means once its sizes are known: a graph from one sample and the parameters to the output, the
// parameters' layout, and the laws, controls and claims, each a node over the parameters.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/block_text.h"
#include "tensor/graph.h"

namespace invar {

enum class LawKind : std::uint8_t { law, control, claim };
std::string_view to_string(LawKind kind);

struct Law {
  LawKind kind = LawKind::law;
  std::string name;
  std::vector<std::string> indices;  // letters, in the order of the axes of `node`
  NodeId node = kNoNode;             // shape: the extents of the indices
  std::string formula;               // as written, for files and tables
  std::string scope;                 // the block that it belongs to, "" for the text's own
};

struct Block {
  Graph graph;
  Layout parameters;
  std::vector<NodeId> parameter_nodes;       // one a tensor of the layout, same order
  std::vector<double> fan_in;                // one a tensor: terms summed where it is first used; 1 where none are
  std::vector<std::optional<double>> start;  // one a tensor: the number that all of it begins with, where the text says
  NodeId input = kNoNode;                    // SampleLeaf::input
  Index input_tokens = 0;  // the input is integers 0, 1, …, input_tokens − 1 that look up rows; 0: real numbers
  NodeId output = kNoNode;
  std::vector<Law> laws;
  std::map<std::string, Index> sizes;  // every index letter's extent
  std::vector<std::string> warnings;   // "SOURCE:LINE:COLUMN: what is read and does nothing"
};

/// What is known of the sizes before the text is read.
struct KnownSizes {
  std::map<std::string, Index> extents;  // index letter → extent: `--set h=64`
  std::map<std::string, Shape>
      shapes;  // tensor name (the input, parameters, constants) → shape: data and problem files
  std::map<std::string, std::vector<double>> constants;  // values of the frozen tensors
  /// Values of a frozen tensor that `constants` lacks, from its name and shape; without it such a tensor is an error.
  std::function<std::vector<double>(const std::string&, const Shape&)> missing_constant;
};

/// The text of a block that others may `use`.
struct LibraryBlock {
  std::string text;
  std::map<std::string, Index> extents;  // index letter → extent, where an option fixes it
};
/// From a block's name and the options that are given to it; throws InputError where there is no such block or option.
using BlockLibrary = std::function<LibraryBlock(const std::string& name,
                                                const std::map<std::string, std::string, std::less<>>& options)>;

/// `laws`: parameters, constants and laws of a net that is elsewhere. Such a Block has no input and no output.
enum class TextKind : std::uint8_t { block, laws };

/// Parses, checks and lowers a block's text. Throws InputError; the message begins "SOURCE:LINE:COLUMN: ".
/// `source` names the text in messages ("my_block.txt"); `library` has the blocks that it may use.
Block read_block(std::string_view text, const KnownSizes& known, const TextSource& source,
                 const BlockLibrary& library = {}, TextKind kind = TextKind::block);

}  // namespace invar
