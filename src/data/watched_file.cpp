// See watched_file.h. Read, not mapped: a mapped file that is cut off ends the program, and its pages count as the
// program's memory.
#include "data/watched_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "data/spool.h"
#include "error.h"
#include "read_log.h"

namespace invar::data {

WatchedFile::WatchedFile(std::filesystem::path path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));
  ReadLog::note(path_);
  ::fstat(descriptor_, &opened_);
}

WatchedFile::~WatchedFile() {
  ::close(descriptor_);
}

void WatchedFile::fail(const std::string& problem) const {
  throw InputError(path_.string() + ": " + problem + ": leave the file as it is while it is read");
}

void WatchedFile::read(std::int64_t begin, std::int64_t bytes, std::uint8_t* to) const {
  const bool whole = read_at(descriptor_, begin, bytes, to);
  const int error = errno;
  struct stat now {};
  if (::fstat(descriptor_, &now) != 0) fail(std::string("cannot be read: ") + std::strerror(errno));
  if (now.st_size < opened_.st_size) fail("has become shorter since it was opened");
  if (now.st_size != opened_.st_size || now.st_mtim.tv_sec != opened_.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != opened_.st_mtim.tv_nsec)
    fail("has been written to since it was opened");
  if (!whole) fail(error != 0 ? std::string("cannot be read: ") + std::strerror(error) : "ends before its numbers do");
}

}  // namespace invar::data
