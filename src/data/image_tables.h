// Images out of HDF5: images, 8 bits [N, rows, columns, channels], and labels, integers [N] from 0.
#pragma once

#include <filesystem>

#include "data/images.h"

namespace invar::data {

/// Whether the file has such datasets, or links by these names, and no /data/x: InputError where it has both.
bool holds_images(const std::filesystem::path& path);

Samples load_image_table(const std::filesystem::path& path, const ImageOptions& options);

}  // namespace invar::data
