// Results files of schema 1, which had a group for each run, written anew as this version has them.
#pragma once

#include <filesystem>

namespace invar {

/// Throws InputError: no results file of schema 1, or the new one cannot be written.
void convert_results(const std::filesystem::path& from, const std::filesystem::path& to, bool force);

}  // namespace invar
