// Creates the whole results file before the first step: all groups, attributes, dimension scales and datasets at their
// final sizes. What remains to be written afterwards are numbers at places that are known.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "record/plan.h"

namespace invar::record {

/// Where a dataset's raw data lie in the file.
struct Slot {
  std::int64_t offset = -1;
  std::int64_t element_bytes = 0;
  std::int64_t elements = 0;
};

/// By the dataset's name in its group.
using Slots = std::unordered_map<std::string, Slot>;

struct Skeleton {
  Slots root, summary;
  std::vector<Slots> runs;
};

/// Writes the file at `path`, replacing what is there, and closes it; none, where `stopped` says so on the way.
/// InputError with HDF5's reason where that fails.
std::optional<Skeleton> create_skeleton(const std::filesystem::path& path, const FileDescription& file,
                                        const std::vector<RunDescription>& runs, const std::function<bool()>& stopped);

/// Of a file that was created so. InputError where a group, a dataset or an attribute of a run is not as described.
Skeleton find_skeleton(const std::filesystem::path& path, const FileDescription& file,
                       const std::vector<RunDescription>& runs);

}  // namespace invar::record
