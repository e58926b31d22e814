// Data sets that go by a name: where their files are to lie, and where they come from where they do not.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace invar::data {

struct KnownSet {
  std::string_view name, title;
  std::string_view train, evaluation;  // files or folders below the folder of data; "": it has no such part
  std::string_view source;             // what to get, and what to do with it
};

std::span<const KnownSet> known_sets();
/// Null where there is none of this name.
const KnownSet* find_set(std::string_view name);

/// Where a part of a set lies: as it is named, or packed with gzip. InputError where it does not: what it is, where to
/// get it, where to put it.
std::filesystem::path find_part(const KnownSet& set, std::string_view part, const std::filesystem::path& folder);

}  // namespace invar::data
