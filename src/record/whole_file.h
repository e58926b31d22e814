// A file that appears whole or not at all: written under NAME.tmp when everything is known, brought to the disk,
// renamed. (ResultsFile serves programs whose file grows with their runs.)
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "hdf5/file.h"
#include "record/lock.h"

namespace invar::record {

/// InputError where it cannot be written; what was there before then stays. Without `to_disk` it does not wait for the
/// disk: whole after the end of this process, however it comes, but not after that of the machine. `seal` gets the path
/// of the file that HDF5 has closed, before it takes its name.
void write_whole(const std::filesystem::path& path, bool to_disk, const std::function<void(const hdf5::File&)>& fill,
                 const std::function<void(const std::filesystem::path&)>& seal = {});

class WholeFile {
 public:
  /// Reserves the name against other writers and makes its folder. InputError: the file exists and `force` is not set,
  /// is no plain file, is being written by another, or nothing can be created beside it.
  WholeFile(const std::filesystem::path& path, bool force);

  /// As write_whole.
  void write(const std::function<void(const hdf5::File&)>& fill) const { write_whole(path_, true, fill); }
  /// A text in place of an HDF5 file; until it is whole under a name that nobody had.
  void write_text(const std::string& text) const;

 private:
  std::filesystem::path path_;
  WriterLock lock_;
};

}  // namespace invar::record
