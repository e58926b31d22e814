// See cifar.h.
#include "data/cifar.h"

#include <algorithm>

#include "data/bytes.h"
#include "error.h"

namespace invar::data {
namespace {

constexpr std::int64_t kSide = 32, kPlane = kSide * kSide, kChannels = 3, kRecord = 1 + kChannels * kPlane,
                       kClasses = 10;

/// What is read so far: all labels that are kept, and the pixels where a file is packed.
struct Records {
  std::vector<std::int32_t> labels;
  std::unique_ptr<Spool> pixels = std::make_unique<Spool>();
  std::vector<PixelFile> files;
  bool packed = false;  // any of the files
};

/// Reads and checks all records of a file; keeps images while there are fewer than `wanted` (0: all). Number of
/// records.
std::int64_t read_file(const std::filesystem::path& path, std::int64_t wanted, Records& kept) {
  Bytes file(path, "give a CIFAR-10 file in the binary version");
  kept.files.push_back({std::make_shared<const WatchedFile>(path), 0, 1, kRecord});
  std::vector<std::uint8_t> pixels(kChannels * kPlane);
  for (std::int64_t records = 0;; ++records) {
    const std::vector<std::uint8_t> record = file.read_some(kRecord);
    if (record.empty() && records == 0) file.fail("is empty");
    if (record.empty()) return records;
    if (static_cast<std::int64_t>(record.size()) < kRecord) {
      file.fail("holds " + std::to_string(records * kRecord + static_cast<std::int64_t>(record.size())) +
                " bytes, no multiple of the " + std::to_string(kRecord) + " of a record");
    }
    if (record[0] >= kClasses) {
      file.fail("record " + std::to_string(records) + " has label " + std::to_string(record[0]) +
                " where 0 to 9 are known");
    }
    if (wanted != 0 && static_cast<std::int64_t>(kept.labels.size()) >= wanted) continue;
    kept.labels.push_back(record[0]);
    if (kept.packed) {
      interleave(record.data() + 1, kPlane, kChannels, pixels.data());
      kept.pixels->append(pixels);
    }
    ++kept.files.back().images;
  }
}

}  // namespace

Samples load_cifar(const std::vector<std::filesystem::path>& files, const ImageOptions& options) {
  if (files.empty()) throw InputError("data: no CIFAR-10 file is given: name at least one");
  Images images;
  images.rows = images.columns = kSide;
  images.channels = kChannels;
  images.classes = kClasses;
  images.place = files.front().string() + (files.size() > 1 ? " to " + files.back().filename().string() : "");
  check(options, kSide, kSide, images.place);
  Records records;
  records.packed = std::ranges::any_of(files, [](const auto& path) { return Bytes(path, "").packed(); });
  std::int64_t available = 0;
  for (const std::filesystem::path& path : files) available += read_file(path, options.samples.wanted, records);
  images.count = taken(options.samples, available, images.place);
  images.labels = std::move(records.labels);
  images.pixels = records.packed ? pixels_in_spool(std::move(records.pixels), kChannels * kPlane)
                                 : pixels_in_files(std::move(records.files), kChannels * kPlane, kChannels, true);
  return to_samples(images, options);
}

Samples load_cifar_folder(const std::filesystem::path& folder, const ImageOptions& options) {
  constexpr int batches = 5;
  std::vector<std::filesystem::path> files;
  std::string missing;
  for (int number = 1; number <= batches; ++number) {
    const std::filesystem::path path = folder / ("data_batch_" + std::to_string(number) + ".bin");
    const std::filesystem::path packed = path.string() + ".gz";
    const bool plain = std::filesystem::exists(path);
    if (!plain && !std::filesystem::exists(packed)) {
      if (missing.empty()) missing = path.string();
      continue;
    }
    if (!missing.empty())
      throw InputError(missing + ": there is no such file, nor one with .gz, but " + path.filename().string() +
                       " is there: give all batches up to the last");
    files.push_back(plain ? path : packed);
  }
  if (files.empty())
    throw InputError(missing +
                     ": there is no such file, nor one with .gz: give the folder of CIFAR-10's binary version");
  return load_cifar(files, options);
}

}  // namespace invar::data
