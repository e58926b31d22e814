// Data sets that go by a name: where their files are to lie, and where they come from where they do not.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "data/text.h"

namespace invar::data {

/// How many there are, and of what size; 0 training images: the set has none.
struct ImageSetSize {
  std::int64_t train = 0, evaluation = 0, rows = 0, columns = 0, channels = 0, classes = 0;
};

/// A text in tokens of one kind; no vocabulary: not known.
struct TextSetSize {
  Tokenizer tokenizer = Tokenizer::words;
  std::int64_t vocabulary = 0, train = 0, evaluation = 0;
};

struct KnownSet {
  std::string_view name, title;
  std::string_view train, evaluation;  // files or folders below the folder of data; "": it has no such part
  std::string_view source;             // what to get, and what to do with it
  ImageSetSize images = {};
  std::array<TextSetSize, 2> texts = {};
};

std::span<const KnownSet> known_sets();
/// Null where there is none of this name.
const KnownSet* find_set(std::string_view name);

/// Whether a part of a set lies in the folder.
bool is_there(std::string_view part, const std::filesystem::path& folder);
/// Where a part of a set lies: as it is named, or packed with gzip. InputError where it does not: what it is, where to
/// get it, where to put it.
std::filesystem::path find_part(const KnownSet& set, std::string_view part, const std::filesystem::path& folder);

}  // namespace invar::data
