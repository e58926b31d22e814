// Files of accuracy, which compare methods.
#pragma once

#include <filesystem>

#include "hdf5/file.h"

namespace invar {

void convert_methods(const hdf5::File& from, const std::filesystem::path& to, bool force);

}  // namespace invar
