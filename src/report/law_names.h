// How a user names a law of a results file.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace invar {

/// layers.3.attention.query_key goes by itself, by query_key, and by layers.*.attention.query_key.
bool is_called(const std::string& law, const std::string& name);

/// What to say where no law goes by a name: those that there are.
std::string unknown_law(const std::filesystem::path& file, const std::string& name, const std::set<std::string>& laws);

}  // namespace invar
