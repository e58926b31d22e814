// The folder NAME.h5.checkpoints beside a results file: what a job needs besides its rows to be resumed, one HDF5 file
// a run. It is there while the job is not done.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>

#include "archive.h"

namespace invar::record {

class Checkpoints {
 public:
  /// Lists a run's state to the archive.
  using List = std::function<void(Archive&)>;

  /// Of the results file at this path. Nothing is created before something is saved.
  explicit Checkpoints(const std::filesystem::path& results);

  /// Replaces the run's checkpoint, whole or not at all: see write_whole for `to_disk`. InputError where it cannot be
  /// written. May be called from several threads.
  void save(std::size_t run, bool to_disk, const List& list);
  /// Whether there is one, damaged or not.
  bool exists(std::size_t run) const;
  /// False where there is none, or what is there is not what was saved, to the byte (seal.h): what the end of the
  /// machine leaves of one that was not brought to the disk, or damage. InputError for one that lacks what is listed.
  /// May be called from several threads.
  bool load(std::size_t run, const List& list);
  /// The folder with all that is in it. An error is ignored: what is left over is replaced, or removed, by the next
  /// job.
  void remove();

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path file_of(std::size_t run) const;

  std::filesystem::path folder_;
  std::mutex mutex_;  // HDF5 is used by one thread at a time
};

}  // namespace invar::record
