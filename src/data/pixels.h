// The pixels of images, an image at a time: out of memory, or read from a plain file where they lie byte by byte, which
// takes no memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace invar::data {

class Pixels {
 public:
  virtual ~Pixels() = default;
  /// Writes an image's pixels, [rows, columns, channels].
  virtual void read(std::int64_t image, std::uint8_t* pixels) const = 0;
};

/// [count, rows, columns, channels] in memory; `image_bytes`: of one.
std::shared_ptr<const Pixels> pixels_in_memory(std::vector<std::uint8_t> pixels, std::int64_t image_bytes);

/// Images that follow each other in a file.
struct PixelFile {
  std::filesystem::path path;
  std::int64_t images = 0;
  std::int64_t begin = 0;  // byte at which the first image begins
  std::int64_t step = 0;   // bytes from one to the next
};

/// `planes`: the file has [channels, rows·columns], as CIFAR-10 has. InputError where a file cannot be opened, and,
/// when it is read, where it has become shorter.
std::shared_ptr<const Pixels> pixels_in_files(const std::vector<PixelFile>& files, std::int64_t image_bytes,
                                              std::int64_t channels, bool planes);

}  // namespace invar::data
