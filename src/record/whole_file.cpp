#include "record/whole_file.h"

#include <fcntl.h>
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

void WholeFile::write_text(const std::string& text) const {
  std::filesystem::path temporary;
  int descriptor = -1;
  for (int another = 0; descriptor < 0; ++another) {
    temporary = path_.string() + "." + std::to_string(getpid()) + "-" + std::to_string(another) + ".tmp";
    descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno != EEXIST)
      throw InputError(path_.string() + ": cannot be created: " + std::strerror(errno) +
                       ": choose an output in a folder where you may write");
  }
  ssize_t written = 0;
  std::size_t done = 0;
  while (done < text.size() && (written = ::write(descriptor, text.data() + done, text.size() - done)) > 0)
    done += static_cast<std::size_t>(written);
  const bool whole = done == text.size() && fsync(descriptor) == 0;
  const int reason = errno;
  close(descriptor);
  if (whole && std::rename(temporary.c_str(), path_.c_str()) == 0) return bring_name_to_disk(path_);
  const std::string why = std::strerror(whole ? errno : reason);
  unlink(temporary.c_str());
  throw InputError(path_.string() + ": cannot be written: " + why + ": free some space, or choose another output");
}

}  // namespace invar::record
