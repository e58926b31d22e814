#include "experiments/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "error.h"

namespace invar {
namespace {

namespace fs = std::filesystem;

/// Links followed and folders made, so that temporary file, lock and output lie in one folder.
fs::path prepared(const fs::path& output) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(output, error);
  if (error) path = output;
  if (fs::exists(path, error) && !fs::is_regular_file(path, error))
    throw InputError("output: " + path.string() + ": is no plain file; choose another output");
  error.clear();
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error)
    throw InputError("output: " + path.parent_path().string() + ": cannot be made a folder: " + error.message() +
                     "; choose another output");
  return path;
}

/// The bytes of a file, or the name of one in its folder, are on the disk when it returns.
bool synced(const fs::path& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = fsync(descriptor) == 0;
  const int reason = errno;
  close(descriptor);
  errno = reason;
  return done;
}

}  // namespace

WholeFile::WholeFile(const fs::path& path, bool force) : path_(prepared(path)), lock_(path_) {
  if (fs::exists(path_) && !force)
    throw InputError(path_.string() + ": exists already: choose another --output, or replace it with --force");
}

void WholeFile::write(const std::function<void(const hdf5::File&)>& fill) const {
  const fs::path temporary = path_.string() + ".tmp";
  try {
    {
      const hdf5::File file = hdf5::File::create(temporary);
      fill(file);
      file.flush();
    }
    if (!synced(temporary, O_RDWR) || std::rename(temporary.c_str(), path_.c_str()) != 0)
      throw InputError(path_.string() + ": cannot be brought to the disk: " + std::strerror(errno) +
                       ": free some space, or choose another output");
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  synced(path_.parent_path(), O_RDONLY);  // the name; the results are there with or without it
}

}  // namespace invar
