// See output_path.h.
#include "record/output_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "error.h"

namespace invar::record {
namespace {

namespace fs = std::filesystem;

bool synced(const fs::path& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = fsync(descriptor) == 0;
  const int reason = errno;
  close(descriptor);
  errno = reason;
  return done;
}

/// Where the links lead that begin with this name, though nothing may be there yet: a file under the name of the link
/// itself would lie on another disk than was meant.
fs::path behind_links(const fs::path& output) {
  constexpr int kMostLinks = 40;  // as Linux follows
  fs::path path = output;
  std::error_code error;
  for (int links = 0; fs::is_symlink(path, error); ++links) {
    if (links == kMostLinks)
      throw InputError(output.string() + ": is a link that leads in a circle: choose another output");
    path = path.parent_path() / fs::read_symlink(path, error);  // an absolute target stands alone
    if (error) throw InputError(output.string() + ": is a link that cannot be read: " + error.message());
  }
  if (path != output && path.has_parent_path() && !fs::is_directory(path.parent_path(), error))
    throw InputError(output.string() + ": is a link to " + path.string() +
                     ", whose folder is not there: make that folder, mount its disk, or choose another output");
  return path;
}

}  // namespace

fs::path prepared_output(const fs::path& named) {
  std::error_code error;
  const fs::path output = behind_links(named);
  if (output.empty() || output.filename().empty()) {
    throw InputError("output = '" + output.string() + "': must name a file, as results/drift.h5");
  }
  fs::path path = fs::weakly_canonical(output, error);
  if (error) path = output;
  if (fs::is_directory(path, error)) throw InputError(path.string() + ": is a folder: name a file for the output");
  if (fs::exists(path, error) && !fs::is_regular_file(path, error)) {
    throw InputError(path.string() + ": is no plain file: choose another output");
  }
  if (path.has_parent_path()) {
    error.clear();
    fs::create_directories(path.parent_path(), error);
    if (error) {
      throw InputError(path.parent_path().string() + ": cannot be made a folder for the output: " + error.message() +
                       ": choose another output");
    }
  }
  return path;
}

void expect_replaceable(const fs::path& output, bool force) {
  if (fs::exists(output) && !force) {
    throw InputError(output.string() + ": exists already: choose another --output, or replace it with --force");
  }
}

bool brought_to_disk(const fs::path& file) {
  return synced(file, O_RDWR);
}

void bring_name_to_disk(const fs::path& file) {
  synced(file.has_parent_path() ? file.parent_path() : ".", O_RDONLY);
}

}  // namespace invar::record
