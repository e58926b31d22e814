// Which files have been read: none of them may become an output. What is given on the command line may lead to others,
// as links, virtual datasets, raw files, indices of shards and folders do, and only who opens them knows.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <utility>

#include "error.h"

namespace invar {

/// While it lives it knows the files that are opened for their numbers, by any thread.
class ReadLog {
 public:
  ReadLog() {
    const std::lock_guard hold(lock());
    all().insert(this);
  }
  ~ReadLog() {
    const std::lock_guard hold(lock());
    all().erase(this);
  }
  ReadLog(const ReadLog&) = delete;
  ReadLog& operator=(const ReadLog&) = delete;

  /// Called wherever such a file is opened.
  static void note(const std::filesystem::path& path) {
    const std::lock_guard hold(lock());
    if (all().empty()) return;
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return;
    for (ReadLog* log : all()) log->files_.emplace(found.st_dev, found.st_ino);
  }

  /// Whether it is one of them, under whatever name.
  bool contains(const std::filesystem::path& path) const {
    const std::lock_guard hold(lock());
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 && files_.contains({found.st_dev, found.st_ino});
  }

  /// InputError where it is one of them.
  void expect_unread(const std::filesystem::path& output) const {
    if (contains(output))
      throw InputError("output: '" + output.string() +
                       "' is a file that this job reads, for its data or weights; give another path");
  }

 private:
  static std::mutex& lock() {
    static std::mutex mutex;
    return mutex;
  }
  static std::set<ReadLog*>& all() {
    static std::set<ReadLog*> logs;
    return logs;
  }

  std::set<std::pair<dev_t, ino_t>> files_;
};

}  // namespace invar
