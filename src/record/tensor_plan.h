// Tensors of dotted names as datasets below a group: a subgroup for each scope, for an index letter has one extent only
// within one. layers.0.attention.Q [h d a] is start/layers/0/attention/Q with axes h, d, a.
#pragma once

#include <string>
#include <vector>

#include "record/dataset_plan.h"

namespace invar::record {

struct TensorPlan {
  std::string name;                   // dotted
  std::vector<std::int64_t> shape;    // the tensor's own
  std::vector<std::string> axes;      // as written; of another number than the extents: unknown
  std::vector<SharedNumbers> values;  // none: written later
};

/// Path of each tensor below the group of all, in their order. A tensor that has the name of another's scope, or of what
/// every scope has (run, row, time), gets an underscore behind its own.
std::vector<std::string> tensor_paths(const std::vector<std::string>& names);

/// The groups that hold them, `path` first. `leading`: scales of axes before the tensors' own; each scope gets them for
/// itself, for HDF5 keeps the list of all that refer to a scale within 64 KiB. `links`: absolute paths of datasets that
/// each scope is to have too.
std::vector<GroupPlan> tensor_plans(const std::string& path, const std::string& description,
                                    const std::vector<TensorPlan>& tensors, const std::vector<DatasetPlan>& leading,
                                    const std::vector<std::string>& links);

}  // namespace invar::record
