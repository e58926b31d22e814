// See bytes.h.
#include "data/bytes.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"
#include "read_log.h"

namespace invar::data {
namespace {

// Read in steps: a damaged header may ask for more than there is, and must not make us allocate it first.
constexpr std::int64_t kStep = 1 << 20;

gzFile as_gzip(void* stream) {
  return static_cast<gzFile>(stream);
}

}  // namespace

Bytes::Bytes(const std::filesystem::path& path, std::string remedy) : name_(path.string()), remedy_(std::move(remedy)) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail("is a folder where a file is needed");
  errno = 0;
  stream_ = gzopen(name_.c_str(), "rb");
  if (stream_ == nullptr) fail(std::string("cannot be opened: ") + std::strerror(errno));
  ReadLog::note(path);
  gzbuffer(as_gzip(stream_), 1 << 17);
}

Bytes::~Bytes() {
  if (stream_ != nullptr) gzclose(as_gzip(stream_));
}

void Bytes::fail(const std::string& problem) const {
  fail(problem, remedy_);
}

void Bytes::fail(const std::string& problem, const std::string& remedy) const {
  throw InputError(name_ + ": " + problem + ": " + remedy);
}

std::vector<std::uint8_t> Bytes::read_some(std::int64_t count) {
  std::vector<std::uint8_t> bytes;
  while (static_cast<std::int64_t>(bytes.size()) < count) {
    const std::size_t before = bytes.size();
    const std::int64_t step = std::min(kStep, count - static_cast<std::int64_t>(before));
    bytes.resize(before + static_cast<std::size_t>(step));
    const int got = gzread(as_gzip(stream_), bytes.data() + before, static_cast<unsigned>(step));
    bytes.resize(before + static_cast<std::size_t>(std::max(got, 0)));
    position_ += std::max(got, 0);
    int code = Z_OK;
    const char* text = gzerror(as_gzip(stream_), &code);
    // zlib unpacks ahead, so only the place in the packed file says where the fault is.
    const std::string place = " at byte " + std::to_string(gzoffset(as_gzip(stream_)));
    if (code == Z_BUF_ERROR) fail("the gzip stream is cut off" + place);
    if (code == Z_ERRNO) fail(std::string("cannot be read: ") + std::strerror(errno));
    if (got < 0 || code != Z_OK) fail("the gzip stream is damaged before or" + place + " (" + text + ")");
    if (got < step) break;
  }
  return bytes;
}

std::vector<std::uint8_t> Bytes::read(std::int64_t count, const std::string& what) {
  std::vector<std::uint8_t> bytes = read_some(count);
  if (static_cast<std::int64_t>(bytes.size()) < count) {
    fail("ends after " + std::to_string(position_) + " bytes, in " + what);
  }
  return bytes;
}

bool Bytes::packed() const {
  return gzdirect(as_gzip(stream_)) == 0;
}

void Bytes::expect_end(const std::string& what) {
  if (!read_some(1).empty()) fail("holds more than " + what);
}

}  // namespace invar::data
