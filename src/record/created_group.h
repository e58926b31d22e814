// Creates groups in a file as they are planned, and finds those that were created so.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "hdf5/file.h"
#include "record/dataset_plan.h"

namespace invar::record {

/// Where a dataset's raw data lie in the file.
struct Slot {
  std::int64_t offset = -1;
  std::int64_t element_bytes = 0;
  std::int64_t elements = 0;
  bool along_runs = false;  // its first axis is run
};

/// By absolute path. Scales that groups below may use, and where all data lie.
using Scales = std::unordered_map<std::string, hdf5::Dataset>;
using Places = std::unordered_map<std::string, Slot>;

/// Breaks off where `stopped` says so: large data take seconds.
void create_group(const hdf5::File& file, const GroupPlan& plan, Scales& scales, Places& places,
                  const std::function<bool()>& stopped = {});
/// All of a file whose numbers are known.
void create_groups(const hdf5::File& file, const std::vector<GroupPlan>& plans);

/// InputError where a dataset is not there, has another shape or type, or does not hold what was written once.
void find_group(const hdf5::File& file, const GroupPlan& plan, Places& places);

/// InputError where an attribute of the group is not there or has another value.
void expect_attributes(const hdf5::File& file, const GroupPlan& plan);

}  // namespace invar::record
