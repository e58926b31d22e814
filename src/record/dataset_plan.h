// What a group of a results file is to hold, as a list: attributes, datasets over named axes, links. A file is created
// from such lists, and its size is counted on them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "record/description.h"

namespace invar::record {

/// Texts that are known at creation have variable length. What is written late has a fixed one, in UTF-8 and padded
/// with zero bytes: it can be replaced in place.
enum class Element : std::uint8_t { number, integer, text, fixed_text };

/// What a scale is: its values are a coordinate, or it has none and is only a dimension.
enum class Scale : std::uint8_t { no, coordinate, dimension };

/// Row-major numbers of a tensor that others hold too.
using SharedNumbers = std::shared_ptr<const std::vector<double>>;

struct DatasetPlan {
  std::string name;  // in its group
  Element element = Element::number;
  std::vector<std::int64_t> shape;
  std::vector<std::string>
      axes;  // the scale of each axis, by its name in the group or the nearest one above that has it
  std::string units, description;
  Attributes attributes;  // more of them
  // `SharedNumbers`: one after the other along the first axis.
  std::variant<std::monostate, std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>,
               std::vector<SharedNumbers>>
      initial;
  std::int64_t width = 0;  // bytes of a fixed text
  bool late = false;       // written again later, whatever it begins with
  Scale scale = Scale::no;

  std::int64_t elements() const;
  std::int64_t element_bytes() const;
};

struct GroupPlan {
  std::string path;  // absolute
  Attributes attributes;
  std::vector<DatasetPlan> datasets;                       // scales first
  std::vector<std::pair<std::string, std::string>> links;  // absolute path of a dataset, its second name in the group
  bool numbers_apart = false;                              // they have second names in a group without texts

  /// Adds a dataset and returns it.
  DatasetPlan& add(DatasetPlan dataset);
};

// The kinds of datasets. Axes come with `along`; without them it is a scalar.
DatasetPlan number(std::string name, std::string_view units, std::string_view description);
DatasetPlan integer(std::string name, std::string_view units, std::string_view description);
/// Texts that are known now, one along each axis.
DatasetPlan texts(std::string name, std::string_view description, std::vector<std::string> values);
/// Texts of at most `width` bytes, written late; now `values`.
DatasetPlan late_texts(std::string name, std::string_view description, std::int64_t width,
                       std::vector<std::string> values);
DatasetPlan along(DatasetPlan plan, std::vector<std::string> axes, std::vector<std::int64_t> shape);

// Scales.
/// An axis without values.
DatasetPlan dimension(std::string name, std::string_view description, std::int64_t extent);
/// An axis whose coordinate is these values; 0, 1, …
DatasetPlan scale(std::string name, std::string_view description, std::vector<std::string> values);
DatasetPlan scale(std::string name, std::string_view description, std::vector<std::int64_t> values);
DatasetPlan counted_scale(std::string name, std::string_view description, std::int64_t extent);

/// Whether an axis of the group's dataset has texts for its coordinate.
bool has_axis_of_texts(const GroupPlan& group, const DatasetPlan& dataset);
bool is_text(const DatasetPlan& dataset);

/// Bytes in a file: the raw data exactly, HDF5's bookkeeping from above.
std::int64_t group_bytes(const GroupPlan& group);

}  // namespace invar::record
