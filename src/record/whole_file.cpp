#include "record/whole_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "error.h"
#include "record/output_path.h"

namespace invar::record {

void write_whole(const std::filesystem::path& path, bool to_disk, const std::function<void(const hdf5::File&)>& fill,
                 const std::function<void(const std::filesystem::path&)>& seal) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  try {
    try {
      const hdf5::File file = hdf5::File::create(temporary);
      fill(file);
      file.flush();
    } catch (const InputError& error) {  // HDF5 often does not say that the disk was full
      throw InputError(path.string() + ": cannot be written: " + error.what() +
                       ": see that there is room on the disk and that ulimit -f allows it, or choose another output");
    }
    if (seal) seal(temporary);
    if ((to_disk && !brought_to_disk(temporary)) || std::rename(temporary.c_str(), path.c_str()) != 0)
      throw InputError(path.string() + ": cannot be brought to the disk: " + std::strerror(errno) +
                       ": free some space, or choose another output");
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  if (to_disk) bring_name_to_disk(path);  // the results are there with or without it
}

WholeFile::WholeFile(const std::filesystem::path& path, bool force) : path_(prepared_output(path)), lock_(path_) {
  expect_replaceable(path_, force);
}

}  // namespace invar::record
