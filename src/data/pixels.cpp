// See pixels.h.
#include "data/pixels.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"

namespace invar::data {
namespace {

class SpooledPixels final : public Pixels {
 public:
  SpooledPixels(std::unique_ptr<const Spool> spool, std::int64_t image_bytes)
      : spool_(std::move(spool)), image_bytes_(image_bytes) {}

  void read(std::int64_t image, std::uint8_t* pixels) const override {
    spool_->read(image * image_bytes_, image_bytes_, pixels);
  }

 private:
  std::unique_ptr<const Spool> spool_;
  std::int64_t image_bytes_;
};

// Read, not mapped: a mapped file that is cut off ends the program, and its pages count as the program's memory.
class FilePixels final : public Pixels {
 public:
  FilePixels(const std::vector<PixelFile>& files, std::int64_t image_bytes, std::int64_t channels, bool planes)
      : image_bytes_(image_bytes), channels_(channels), planes_(planes && channels > 1) {
    for (const PixelFile& file : files) files_.push_back(std::make_unique<Open>(file));
  }

  void read(std::int64_t image, std::uint8_t* pixels) const override {
    auto file = files_.begin();
    for (; image >= (*file)->where.images; ++file) image -= (*file)->where.images;
    if (!planes_) {
      (*file)->read(image, pixels, image_bytes_);
      return;
    }
    static thread_local std::vector<std::uint8_t> planes;
    planes.resize(static_cast<std::size_t>(image_bytes_));
    (*file)->read(image, planes.data(), image_bytes_);
    interleave(planes.data(), image_bytes_ / channels_, channels_, pixels);
  }

 private:
  struct Open {
    explicit Open(const PixelFile& file) : where(file), descriptor(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC)) {
      if (descriptor < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));
    }
    ~Open() { ::close(descriptor); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

    void read(std::int64_t image, std::uint8_t* to, std::int64_t bytes) const {
      if (read_at(descriptor, where.begin + image * where.step, bytes, to)) return;
      fail(errno != 0 ? std::string("cannot be read: ") + std::strerror(errno)
                      : "has become shorter since it was opened");
    }

    [[noreturn]] void fail(const std::string& problem) const {
      throw InputError(where.path.string() + ": " + problem + ": leave the file as it is while it is read");
    }

    PixelFile where;
    int descriptor;
  };

  std::vector<std::unique_ptr<Open>> files_;
  std::int64_t image_bytes_, channels_;
  bool planes_;
};

}  // namespace

void interleave(const std::uint8_t* planes, std::int64_t plane, std::int64_t channels, std::uint8_t* pixels) {
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t pixel = 0; pixel < plane; ++pixel) pixels[pixel * channels + c] = planes[c * plane + pixel];
}

std::shared_ptr<const Pixels> pixels_in_spool(std::unique_ptr<const Spool> spool, std::int64_t image_bytes) {
  return std::make_shared<const SpooledPixels>(std::move(spool), image_bytes);
}

std::shared_ptr<const Pixels> pixels_in_files(const std::vector<PixelFile>& files, std::int64_t image_bytes,
                                              std::int64_t channels, bool planes) {
  return std::make_shared<const FilePixels>(files, image_bytes, channels, planes);
}

}  // namespace invar::data
