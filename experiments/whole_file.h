// An HDF5 file that appears whole or not at all: written under NAME.tmp when everything is known, brought to the disk,
// renamed. (record::ResultsFile serves programs whose file grows with their runs.)
#pragma once

#include <filesystem>
#include <functional>

#include "hdf5/file.h"
#include "record/lock.h"

namespace invar {

class WholeFile {
 public:
  /// Reserves the name against other writers and makes its folder. InputError: the file exists and `force` is not set,
  /// is no plain file, is being written by another, or nothing can be created beside it.
  WholeFile(const std::filesystem::path& path, bool force);

  /// InputError where it cannot be written; what was there before then stays.
  void write(const std::function<void(const hdf5::File&)>& fill) const;

 private:
  std::filesystem::path path_;
  record::WriterLock lock_;
};

}  // namespace invar
