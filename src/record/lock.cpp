// See lock.h.
#include "record/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "error.h"

namespace invar::record {
namespace {

std::string holder(int descriptor) {
  char text[32] = {};
  const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
  std::string pid(text, static_cast<std::size_t>(size > 0 ? size : 0));
  pid.erase(pid.find_last_not_of(" \n") + 1);
  return pid.empty() ? "another process" : "process " + pid;
}

/// Whether the path still names the file that is open: its last holder may have removed it before we got the lock.
bool still_named(int descriptor, const std::filesystem::path& path) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& output) : path_(output.string() + ".lock") {
  for (;;) {
    descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw InputError(path_.string() + ": cannot be created: " + std::strerror(errno) +
                       ": choose an output in a folder where you may write");
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      const std::string other = holder(descriptor_);
      ::close(descriptor_);
      if (reason != EWOULDBLOCK) {
        throw InputError(path_.string() + ": cannot be locked: " + std::strerror(reason) +
                         ": choose an output on a file system with locks");
      }
      throw InputError(output.string() + ": " + other +
                       " is writing it: wait for it, end it, or choose another output");
    }
    if (still_named(descriptor_, path_)) break;
    ::close(descriptor_);
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  // The number only serves the message to a second writer; the lock holds without it.
  if (ftruncate(descriptor_, 0) == 0) static_cast<void>(!pwrite(descriptor_, pid.data(), pid.size(), 0));
}

WriterLock::~WriterLock() {
  unlink(path_.c_str());  // while the lock is held: who waits for it finds that the name is gone, and begins again
  ::close(descriptor_);
}

}  // namespace invar::record
