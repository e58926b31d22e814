// See pixels.h.
#include "data/pixels.h"

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

class FilePixels final : public Pixels {
 public:
  FilePixels(std::vector<PixelFile> files, std::int64_t image_bytes, std::int64_t channels, bool planes)
      : files_(std::move(files)), image_bytes_(image_bytes), channels_(channels), planes_(planes && channels > 1) {}

  void read(std::int64_t image, std::uint8_t* pixels) const override {
    auto from = files_.begin();
    for (; image >= from->images; ++from) image -= from->images;
    const std::int64_t begin = from->begin + image * from->step;
    if (!planes_) {
      from->file->read(begin, image_bytes_, pixels);
      return;
    }
    static thread_local std::vector<std::uint8_t> planes;
    planes.resize(static_cast<std::size_t>(image_bytes_));
    from->file->read(begin, image_bytes_, planes.data());
    interleave(planes.data(), image_bytes_ / channels_, channels_, pixels);
  }

 private:
  std::vector<PixelFile> files_;
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

std::shared_ptr<const Pixels> pixels_in_files(std::vector<PixelFile> files, std::int64_t image_bytes,
                                              std::int64_t channels, bool planes) {
  return std::make_shared<const FilePixels>(std::move(files), image_bytes, channels, planes);
}

}  // namespace invar::data
