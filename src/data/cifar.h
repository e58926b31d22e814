// CIFAR-10's binary version (https://www.cs.toronto.edu/~kriz/cifar.html): records of 3,073 bytes without a header, a
// label 0..9 and three planes (red, green, blue) of 32 x 32 pixels. Any number of records; plain or packed with gzip.
#pragma once

#include <filesystem>
#include <vector>

#include "data/images.h"

namespace invar::data {

/// The files' records one after the other.
Samples load_cifar(const std::vector<std::filesystem::path>& files, const ImageOptions& options);

/// data_batch_1.bin, data_batch_2.bin, … of a folder, as many as there are.
Samples load_cifar_folder(const std::filesystem::path& folder, const ImageOptions& options);

}  // namespace invar::data
