// Keeps a second writer out: the file NAME.lock beside the output, locked with flock and holding the writer's process
// number. The system drops the lock when the process ends, however it ends; a lock file that is left over locks
// nothing.
#pragma once

#include <filesystem>

namespace invar::record {

class WriterLock {
 public:
  /// InputError where another process (or another writer in this one) holds it, naming the output and the holder.
  explicit WriterLock(const std::filesystem::path& output);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace invar::record
