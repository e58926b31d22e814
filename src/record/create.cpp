// How a results file comes to its name: lock, space on the disk, skeleton under a temporary name, rename.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "error.h"
#include "record/checkpoint.h"
#include "record/output_path.h"
#include "record/plan.h"
#include "record/results_file.h"
#include "record/run_slots.h"

namespace invar::record {
namespace {

namespace fs = std::filesystem;

/// Removes the temporary file unless it has been renamed.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!kept_) unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  fs::path path_;
  bool kept_ = false;
};

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

[[noreturn]] void fail(const fs::path& path, const std::string& problem, int reason, const std::string& remedy) {
  throw InputError(path.string() + ": " + problem + ": " + std::strerror(reason) + ": " + remedy);
}

std::string megabytes(std::int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// Meets a full disk here, where it is harmless, and not within HDF5, which cannot close a file that it cannot write.
void expect_space(const fs::path& path, const fs::path& output, std::int64_t bytes) {
  const Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) fail(output, "cannot be created", errno, "choose an output in a folder where you may write");
  if (fallocate(file.get(), 0, 0, bytes) == 0) return;
  int reason = errno;
  if (reason == EOPNOTSUPP || reason == ENOSYS || reason == EINTR) {  // some file systems cannot reserve space
    struct statvfs room {};
    if (fstatvfs(file.get(), &room) != 0 || room.f_bavail >= static_cast<std::uint64_t>(bytes) / room.f_frsize) return;
    reason = ENOSPC;
  }
  fail(output, "its " + megabytes(bytes) + " do not fit", reason,
       "free some space, choose another disk, or record less");
}

std::optional<Skeleton> created(const fs::path& temporary, const fs::path& output, std::int64_t bytes,
                                const FileDescription& file, const std::vector<GroupDescription>& groups,
                                const std::function<bool()>& stopped) {
  try {
    return create_skeleton(temporary, file, groups, stopped);
  } catch (const InputError& error) {  // HDF5 often does not say that the disk was full
    throw InputError(output.string() + ": cannot be created: " + error.what() + ": see that " + megabytes(bytes) +
                     " are free, or choose another output");
  }
}

}  // namespace

std::unique_ptr<ResultsFile> ResultsFile::create(const fs::path& output, bool force, const FileDescription& file,
                                                 const std::vector<GroupDescription>& groups,
                                                 const std::function<bool()>& stopped) {
  const fs::path path = prepared_output(output);
  auto lock = std::make_unique<WriterLock>(path);
  expect_replaceable(path, force);
  Temporary temporary(path.string() + ".tmp");
  const std::int64_t bytes = file_bytes(file, groups);
  expect_space(temporary.path(), path, bytes);
  std::optional<Skeleton> skeleton = created(temporary.path(), path, bytes, file, groups, stopped);
  if (!skeleton) return nullptr;

  Descriptor descriptor(::open(temporary.path().c_str(), O_RDWR | O_CLOEXEC));
  if (descriptor.get() < 0) fail(path, "cannot be opened again", errno, "choose another output");
  std::unique_ptr<ResultsFile> results(
      new ResultsFile(path, std::move(lock), descriptor.release(), std::move(*skeleton), file, groups));
  results->write_summary(file.cases);
  if (fsync(results->descriptor_) != 0) fail(path, "cannot be brought to the disk", errno, "choose another output");
  Checkpoints(path).remove();  // before the name is taken: they are another job's
  if (std::rename(temporary.path().c_str(), path.c_str()) != 0) {
    fail(path, "cannot take its name", errno, "choose another output");
  }
  temporary.keep();
  bring_name_to_disk(path);
  return results;
}

}  // namespace invar::record
