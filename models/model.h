// What a built-in block is: a function from options to its text in index notation, and what a read-out must know of it.
//
// One letter is one extent within a block, and each block's file lists its letters. Where nothing forbids it they are d
// input width, m output width, h hidden units or heads, a head size, e experts, r rank, t and u tokens; in a law
// another letter is the second name of an axis. Sizes that are options stand in a `defaults` line; those of the data
// (d, t, and m where the target fixes it) come from outside.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invar {

using ModelOptions = std::map<std::string, std::string, std::less<>>;  // {"heads", "4"}, {"causal", "true"}

enum class OptionKind : std::uint8_t {
  size,    // a positive integer: the extent of the index `domain`
  count,   // an integer from 0 on
  number,  // a positive real number
  choice,  // one of the words in `domain`, separated by '|'
};

struct ModelOption {
  std::string_view name, default_value, help;
  OptionKind kind = OptionKind::choice;
  std::string_view domain;
};

/// A block's text with what stands outside the notation: where its output is.
struct ModelText {
  std::string text = {};
  std::string output = {};                       // name of the output tensor
  std::vector<std::string> output_indices = {};  // its letters: features last, before them the positions
  // For the law of a read-out U behind the block: a second letter for the features (the same one where only the
  // diagonal is conserved), and the terms that balance UᵀU, with their signs: "n", "- A[m h] A[n h]". Empty if unknown.
  std::string output_twin = {}, output_gram = {};
  // The text says itself what it has with cross-entropy, `cross_entropy_lines`: no read-out belongs behind it. Of a net
  // whose output is logits these are laws that hold with that loss only.
  bool logits = false;
  std::string cross_entropy_lines = {};
  // Letter → extent, for the sizes that the user's options fix; defaults are in the text alone.
  std::map<std::string, std::int64_t> extents = {};
};

struct Model {
  std::string_view name, summary;
  std::span<const ModelOption> options;
  ModelText (*text)(const ModelOptions&);  // every option given, each of its kind
};

}  // namespace invar
