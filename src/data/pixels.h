// The pixels of images, an image at a time: read from a plain file where they lie byte by byte, or put down before.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "data/spool.h"
#include "data/watched_file.h"

namespace invar::data {

class Pixels {
 public:
  virtual ~Pixels() = default;
  /// Writes an image's pixels, [rows, columns, channels].
  virtual void read(std::int64_t image, std::uint8_t* pixels) const = 0;
};

/// [channels, plane] to [plane, channels].
void interleave(const std::uint8_t* planes, std::int64_t plane, std::int64_t channels, std::uint8_t* pixels);

/// [count, rows, columns, channels] put down; `image_bytes`: of one.
std::shared_ptr<const Pixels> pixels_in_spool(std::unique_ptr<const Spool> spool, std::int64_t image_bytes);

/// Images that follow each other in a file, which is opened before it is checked: what was checked is what is read.
struct PixelFile {
  std::shared_ptr<const WatchedFile> file;
  std::int64_t images = 0;
  std::int64_t begin = 0;  // byte at which the first image begins
  std::int64_t step = 0;   // bytes from one to the next
};

/// `planes`: the file has [channels, rows·columns], as CIFAR-10 has. InputError, when it is read, where a file has
/// changed.
std::shared_ptr<const Pixels> pixels_in_files(std::vector<PixelFile> files, std::int64_t image_bytes,
                                              std::int64_t channels, bool planes);

}  // namespace invar::data
