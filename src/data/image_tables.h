// Images out of HDF5: images, 8 bits [N, rows, columns, channels], and labels, integers [N] from 0.
#pragma once

#include <filesystem>

#include "data/images.h"

namespace invar::data {

/// Whether the file has images, or a link by this name, and no /data/x: InputError where it has labels and /data/x,
/// too.
bool holds_images(const std::filesystem::path& path);

Samples load_image_table(const std::filesystem::path& path, const ImageOptions& options);

}  // namespace invar::data
