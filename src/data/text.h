// Texts for language models: a file's tokens, cut into samples of equal length. Sample k is x [t], tokens kT … kT + T −
// 1, and y [t], the token that follows each: a label a position. What is left at the end is dropped.
//
// words: what white space separates (Unicode's, no-break spaces too, as Python's str.split()), and <eos> at the end of
// each line, as Penn Treebank and WikiText are counted; characters: of UTF-8, all of them; bytes: 0 … 255 as they are.
// For words and characters a line ends with LF, CR or CRLF (not with U+2028 or U+0085), which are one \n, a byte order
// mark at the begin is dropped, and NUL is refused. Words and characters are numbered in the order of their first
// occurrence in the text that the vocabulary was made from. Plain files or packed with gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/samples.h"

namespace invar::data {

enum class Tokenizer : std::uint8_t { words, characters, bytes };

/// Of a training text; other texts are read by it.
class Vocabulary {
 public:
  std::int64_t size() const { return static_cast<std::int64_t>(names_.size()); }
  bool empty() const { return names_.empty(); }
  /// By number.
  const std::vector<std::string>& names() const { return names_; }

  std::int64_t add(std::string_view name);
  /// −1 where there is none of this name.
  std::int64_t find(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::vector<std::string> names_;
};

struct TextOptions {
  Tokenizer tokenizer = Tokenizer::words;
  std::int64_t tokens = 256;  // T, of a sample
  SampleCount samples{};
};

/// Whether the name is one of a text: *.txt or *.tokens, plain or with .gz.
bool is_text(const std::filesystem::path& path);

/// An empty vocabulary is made from the text, another one reads it: a word that it lacks is then <unk>, where it has
/// that. InputError: the file cannot be read, is no UTF-8, is shorter than a sample, or has tokens that are not known.
Samples load_text(const std::filesystem::path& path, const TextOptions& options, Vocabulary& vocabulary);

}  // namespace invar::data
