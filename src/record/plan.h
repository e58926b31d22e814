// The results file (schema 1) as a list of what it holds: every group with its attributes, datasets and dimension
// scales. The skeleton is created from these plans, and the size of the file is counted on them.
//
//   /            status; attributes schema, version, git_commit, command_line, configuration, date, compiler,
//   processor, precision /runs/NNNN   coordinates row, component (component_law, _kind, _index), block; columns [row],
//   [row, component], [row, block];
//                status, status_message, valid_rows, counters and late values; start/NAME, end/NAME with the
//                parameters, and trajectory/NAME [row, …] with a second link to `time` where they are saved at every
//                row
//   /summary     columns [case]
//   /axes/NNNN   second links to the scales of /runs/NNNN (and of /summary). HDF5 finds the name of an object that a
//                reference points to by walking the file from its start: through this small group, first in the
//                alphabet, xarray opens the last of 3,000 runs in 2 s instead of 65 s.
//
// Characters have the axis charactersWIDTH. Axes of parameters have scales by extent: axis3 for the first axis of
// extent 3 in a tensor, axis3_2 for the second.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "record/description.h"

namespace invar::record {

/// Texts that are known at creation have variable length. What is written late are characters [shape…, width], netCDF's
/// char arrays, which xarray joins to strings: they can be replaced in place.
enum class Element : std::uint8_t { number, integer, text, characters };

/// What a scale is: its values are a coordinate, or it has none and is only a dimension.
enum class Scale : std::uint8_t { no, coordinate, dimension };

struct DatasetPlan {
  std::string name;  // relative to the group
  Element element = Element::number;
  std::vector<std::int64_t> shape;
  std::vector<std::string> axes;  // the scale of each axis, by name in the group
  std::string units, description;
  std::variant<std::monostate, std::vector<std::int64_t>, std::vector<std::string>,
               std::shared_ptr<const std::vector<double>>>
      initial;
  bool late = false;  // written again later, whatever it begins with
  Scale scale = Scale::no;

  std::int64_t elements() const;
  std::int64_t element_bytes() const;
};

struct GroupPlan {
  std::string path;
  Attributes attributes;
  std::vector<DatasetPlan> datasets;                       // scales first
  std::vector<std::pair<std::string, std::string>> links;  // existing dataset, second name
};

GroupPlan root_plan(const FileDescription& file);
GroupPlan run_plan(std::size_t number, const RunDescription& run);
GroupPlan summary_plan(const FileDescription& file);

/// "/runs/0007"
std::string run_path(std::size_t number);

/// Size in bytes of a file with these runs, for --dry-run and for the check of free space: the raw data exactly, HDF5's
/// bookkeeping from above by a few per cent.
std::int64_t file_bytes(const FileDescription& file, const std::vector<RunDescription>& runs);

}  // namespace invar::record
