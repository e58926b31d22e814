// See output_path.h.
#include "record/output_path.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "behind_links.h"
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
    throw InputError(output.string() + ": exists already: choose another name, or replace it with --force");
  }
}

bool brought_to_disk(const fs::path& file) {
  return synced(file, O_RDWR);
}

void bring_name_to_disk(const fs::path& file) {
  synced(file.has_parent_path() ? file.parent_path() : ".", O_RDONLY);
}

}  // namespace invar::record
