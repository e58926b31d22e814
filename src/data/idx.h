// IDX files, the format of MNIST and Fashion-MNIST (http://yann.lecun.com/exdb/mnist): big-endian magic 0x00000803,
// count, rows, columns, then pixels; and 0x00000801, count, then labels. Plain or packed with gzip. The whole of both
// files is checked, also where only the first samples are taken: a damaged copy is never used in silence.
#pragma once

#include <filesystem>

#include "data/images.h"

namespace invar::data {

/// Where Debian's package dataset-fashion-mnist installs its files.
inline constexpr const char* kFashionMnistFolder = "/usr/share/datasets/fashion-mnist";

Samples load_idx(const std::filesystem::path& images, const std::filesystem::path& labels, const ImageOptions& options);

/// Whether a name is one of images in IDX: with images-idx3, or images.idx3 as some programs unpack it.
bool is_idx(const std::filesystem::path& path);
/// With the labels beside it, under the usual name: t10k-labels-idx1-ubyte for t10k-images-idx3-ubyte, or with a dot,
/// and each plain or with .gz.
Samples load_idx_file(const std::filesystem::path& images, const ImageOptions& options);
/// The training part in a folder: train-images-idx3-ubyte, or with a dot, plain or with .gz, and its labels.
Samples load_idx_folder(const std::filesystem::path& folder, const ImageOptions& options);

/// Fashion-MNIST (Zalando), 60,000 images of 28 x 28 pixels in 10 classes.
Samples load_fashion_mnist(const ImageOptions& options, const std::filesystem::path& folder = kFashionMnistFolder);

}  // namespace invar::data
