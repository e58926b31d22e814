// Files of drift and train, which have runs.
#pragma once

#include <filesystem>

#include "hdf5/file.h"

namespace invar {

void convert_runs(const hdf5::File& from, const std::filesystem::path& to, bool force);

}  // namespace invar
