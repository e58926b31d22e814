// Creates the whole results file before the first step: all groups, attributes, dimension scales and datasets at their
// final sizes. What remains to be written afterwards are numbers at places that are known.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "record/created_group.h"
#include "record/description.h"

namespace invar::record {

/// By the dataset's path below its group: "value", "start/layers/0/Q".
using Slots = std::unordered_map<std::string, Slot>;

struct Skeleton {
  Slots root, summary;
  std::vector<Slots> groups;
};

/// Writes the file at `path`, replacing what is there, and closes it; none, where `stopped` says so on the way.
/// InputError with HDF5's reason where that fails.
std::optional<Skeleton> create_skeleton(const std::filesystem::path& path, const FileDescription& file,
                                        const std::vector<GroupDescription>& groups,
                                        const std::function<bool()>& stopped);

/// Of a file that was created so. InputError where a group, a dataset or an attribute of runs is not as described.
Skeleton find_skeleton(const std::filesystem::path& path, const FileDescription& file,
                       const std::vector<GroupDescription>& groups);

}  // namespace invar::record
