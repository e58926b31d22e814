// From what the user names to samples: a data set that is installed, a folder, or a file, told apart by name and
// content.
#pragma once

#include <string>

#include "data/images.h"

namespace invar::data {

/// "fashion-mnist"; a folder with IDX files or CIFAR-10 batches; a file of images in IDX (its labels beside it, under
/// the usual name), of CIFAR-10 records (.bin), or HDF5 (.h5, .hdf5: images and labels, or /data/x and /data/y, to
/// which pool and patch do not apply). InputError lists these.
Samples load(const std::string& name, const ImageOptions& options);

/// Whether it names an HDF5 file of numbers that are taken as they are, /data/x and /data/y; false also where the file
/// cannot be read, which load() says.
bool is_table(const std::string& name);

}  // namespace invar::data
