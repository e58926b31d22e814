// See spool.h.
#include "data/spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "error.h"

namespace invar::data {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes at a time

std::string folder() {
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::temp_directory_path(ignored);
  return path.empty() ? "/tmp" : path.string();
}

[[noreturn]] void fail(const std::string& problem) {
  throw InputError(folder() + ": " + problem + ": " + std::strerror(errno) +
                   "; data that are packed, or a text's tokens, are put down there: make room, or name another folder "
                   "for temporary files with TMPDIR");
}

}  // namespace

bool read_at(int descriptor, std::int64_t begin, std::int64_t bytes, std::uint8_t* to) {
  errno = 0;
  for (std::int64_t done = 0; done < bytes;) {
    const ssize_t got = ::pread(descriptor, to + done, static_cast<std::size_t>(bytes - done), begin + done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += got;
  }
  return true;
}

Spool::~Spool() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Spool::append(std::span<const std::uint8_t> bytes) {
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  const std::size_t most = descriptor_ < 0 ? static_cast<std::size_t>(in_memory_) : kPiece;
  if (rest_.size() > most) write_rest();
}

void Spool::write_rest() {
  if (descriptor_ < 0) {
    std::string name = folder() + "/invar-XXXXXX";
    descriptor_ = ::mkstemp(name.data());
    if (descriptor_ < 0) fail("no file can be made there");
    ::unlink(name.c_str());
  }
  for (std::size_t done = 0; done < rest_.size();) {
    const ssize_t put = ::write(descriptor_, rest_.data() + done, rest_.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("after " + std::to_string(written_) + " bytes no more can be written");
    done += static_cast<std::size_t>(put);
    written_ += put;
  }
  rest_.clear();
  if (rest_.capacity() > 2 * kPiece) rest_.shrink_to_fit();
}

void Spool::read(std::int64_t begin, std::int64_t bytes, std::uint8_t* to) const {
  const std::int64_t in_file = std::clamp<std::int64_t>(written_ - begin, 0, bytes);
  if (in_file > 0 && !read_at(descriptor_, begin, in_file, to)) fail("what was put down cannot be read");
  std::copy_n(rest_.begin() + (begin + in_file - written_), bytes - in_file, to + in_file);
}

}  // namespace invar::data
