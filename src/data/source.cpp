// See source.h.
#include "data/source.h"

#include <filesystem>

#include "data/cifar.h"
#include "data/idx.h"
#include "data/image_tables.h"
#include "data/tables.h"
#include "error.h"

namespace invar::data {
namespace {

constexpr const char* kKnown =
    "give fashion-mnist, a folder with IDX files (train-images-idx3-ubyte) or CIFAR-10 batches (data_batch_1.bin), a "
    "file *-images-idx3-ubyte, *.bin (CIFAR-10), or *.h5 (/data/x and /data/y, or /images and /labels), the first "
    "three "
    "plain or with .gz; to train, also a text *.txt or *.tokens, or a set by its name (--help lists them)";

constexpr const char* kFromNumPy =
    "import h5py; f = h5py.File('data.h5', 'w'); f['data/x'] = x; f['data/y'] = y (x [samples, ...], y numbers "
    "[samples, ...] or integer labels [samples]; 8-bit images [N, rows, columns, channels] and their labels as "
    "f['images'] and f['labels'])";

Samples load_tables(const std::filesystem::path& path, const ImageOptions& options) {
  if (options.pool != 1 || !options.patch.none()) {
    throw InputError(path.string() +
                     ": pool and patch are for images, HDF5 data are taken as they are: leave them out");
  }
  return load_hdf5(path, options.samples);
}

bool is_hdf5(const std::string& name) {
  return name.ends_with(".h5") || name.ends_with(".hdf5");
}

}  // namespace

bool is_table(const std::string& name) {
  try {
    return is_hdf5(name) && !holds_images(name);
  } catch (const InputError&) {
    return false;
  }
}

Samples load(const std::string& name, const ImageOptions& options) {
  if (name == "fashion-mnist") return load_fashion_mnist(options);
  const std::filesystem::path path(name);
  if (!std::filesystem::exists(path)) throw InputError("data = " + name + ": there is no such file: " + kKnown);
  if (std::filesystem::is_directory(path)) {
    // Any batch makes the folder CIFAR-10's: its loader says what is missing.
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      const std::string file = entry.path().filename().string();
      if (file.starts_with("data_batch_") || file.starts_with("test_batch")) return load_cifar_folder(path, options);
    }
    return load_idx_folder(path, options);
  }
  const std::string file = path.filename().string();
  if (is_hdf5(file)) return holds_images(path) ? load_image_table(path, options) : load_tables(path, options);
  if (file.ends_with(".bin") || file.ends_with(".bin.gz")) return load_cifar({path}, options);
  if (is_idx(path)) return load_idx_file(path, options);
  if (file.ends_with(".npy") || file.ends_with(".npz"))
    throw InputError("data = " + name +
                     ": NumPy's files are not read; store the arrays as HDF5, in Python: " + kFromNumPy);
  throw InputError("data = " + name + ": its kind is not known: " + kKnown);
}

}  // namespace invar::data
