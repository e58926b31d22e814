// See plan.h.
#include "record/plan.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <map>
#include <numeric>
#include <stdexcept>

#include "record/columns.h"

namespace invar::record {
namespace {

constexpr std::int64_t kStatusWidth = 16, kMessageWidth = 256;

DatasetPlan number(std::string name, std::string_view units, std::string_view description) {
  DatasetPlan plan;
  plan.name = std::move(name);
  plan.units = units;
  plan.description = description;
  return plan;
}

DatasetPlan integer(std::string name, std::string_view units, std::string_view description) {
  DatasetPlan plan = number(std::move(name), units, description);
  plan.element = Element::integer;
  return plan;
}

DatasetPlan along(DatasetPlan plan, std::vector<std::string> axes, std::vector<std::int64_t> shape) {
  plan.axes = std::move(axes);
  plan.shape = std::move(shape);
  return plan;
}

/// Texts that are known now.
DatasetPlan texts(std::string name, std::string_view description, std::vector<std::string> values) {
  DatasetPlan plan = number(std::move(name), "1", description);
  plan.element = Element::text;
  plan.shape = {static_cast<std::int64_t>(values.size())};
  plan.initial = std::move(values);
  return plan;
}

DatasetPlan dimension(std::string name, std::string_view description, std::int64_t extent) {
  DatasetPlan plan = along(number(std::move(name), "1", description), {}, {extent});
  plan.scale = Scale::dimension;
  return plan;
}

DatasetPlan character_axis(std::int64_t width) {
  return dimension("characters" + std::to_string(width), "bytes of a text", width);
}

/// Texts of at most `width` bytes along the axes, written late; now `values`.
DatasetPlan characters(std::string name, std::string_view description, std::int64_t width,
                       std::vector<std::string> axes, std::vector<std::int64_t> shape,
                       std::vector<std::string> values) {
  axes.push_back("characters" + std::to_string(width));
  shape.push_back(width);
  DatasetPlan plan = along(number(std::move(name), "1", description), std::move(axes), std::move(shape));
  plan.element = Element::characters;
  plan.initial = std::move(values);
  plan.late = true;
  return plan;
}

/// The coordinate 0, 1, … of an axis.
DatasetPlan counted_scale(const std::string& name, std::string_view description, std::int64_t extent) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(extent));
  std::iota(values.begin(), values.end(), 0);
  DatasetPlan plan = along(integer(name, "1", description), {}, {extent});
  plan.initial = std::move(values);
  plan.scale = Scale::coordinate;
  return plan;
}

/// Names of the scales of a tensor's axes: axis3, axis4, axis3_2.
std::vector<std::string> axis_names(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> names;
  std::map<std::int64_t, int> seen;
  for (const std::int64_t extent : shape) {
    const int occurrence = ++seen[extent];
    names.push_back("axis" + std::to_string(extent) + (occurrence > 1 ? "_" + std::to_string(occurrence) : ""));
  }
  return names;
}

void add_axis_scales(const RunDescription& run, GroupPlan& group) {
  std::map<std::string, std::int64_t> extents;
  const auto add = [&](const std::vector<std::int64_t>& shape) {
    const std::vector<std::string> names = axis_names(shape);
    for (std::size_t axis = 0; axis < names.size(); ++axis) extents[names[axis]] = shape[axis];
  };
  for (const ParameterDescription& parameter : run.parameters) add(parameter.shape);
  for (const ConstantDescription& constant : run.constants) add(constant.shape);
  for (const auto& [name, extent] : extents) {
    group.datasets.push_back(dimension(name, "an axis of parameters", extent));
  }
}

void add_parameters(const RunDescription& run, GroupPlan& group) {
  for (const ParameterDescription& parameter : run.parameters) {
    const std::vector<std::string> axes = axis_names(parameter.shape);
    group.datasets.push_back(
        along(number("start/" + parameter.name, "1", "parameter at the start"), axes, parameter.shape));
    group.datasets.push_back(
        along(number("end/" + parameter.name, "1", "parameter at the end"), axes, parameter.shape));
    if (!run.save_parameters) continue;
    std::vector<std::string> row_axes{"row"};
    row_axes.insert(row_axes.end(), axes.begin(), axes.end());
    std::vector<std::int64_t> shape{run.rows};
    shape.insert(shape.end(), parameter.shape.begin(), parameter.shape.end());
    group.datasets.push_back(
        along(number("trajectory/" + parameter.name, "1", "parameter at each row"), row_axes, shape));
  }
  if (run.save_parameters && !run.parameters.empty()) group.links.emplace_back("time", "trajectory/time");
}

void add_constants(const RunDescription& run, GroupPlan& group) {
  for (const ConstantDescription& constant : run.constants) {
    group.datasets.push_back(
        along(number("constants/" + constant.name, "1", "frozen tensor"), axis_names(constant.shape), constant.shape));
    group.datasets.back().initial = constant.values;
  }
}

void add_columns(const RunDescription& run, GroupPlan& group) {
  const auto extent = [&run](std::string_view axis) {
    return std::ssize(axis == "block" ? run.blocks : axis == "law" ? run.laws : run.component_law);
  };
  for (const RowColumn& column : row_columns()) {
    const std::string name(column.name);
    if (std::holds_alternative<std::int64_t RowValues::*>(column.member)) {
      group.datasets.push_back(along(integer(name, column.units, column.description), {"row"}, {run.rows}));
    } else if (std::holds_alternative<double RowValues::*>(column.member)) {
      group.datasets.push_back(along(number(name, column.units, column.description), {"row"}, {run.rows}));
    } else {
      group.datasets.push_back(along(number(name, column.units, column.description), {"row", std::string(column.axis)},
                                     {run.rows, extent(column.axis)}));
    }
  }
}

void add_late_values(const RunDescription& run, GroupPlan& group) {
  group.datasets.push_back(character_axis(kStatusWidth));
  group.datasets.push_back(character_axis(kMessageWidth));
  group.datasets.push_back(
      characters("status",
                 "pending, running (also where the program was killed), finished, truncated, diverged, "
                 "stalled, interrupted, failed or stopped (at a condition that was asked for)",
                 kStatusWidth, {}, {}, {to_string(RunStatus::pending)}));
  group.datasets.push_back(characters("status_message", "why the run ended", kMessageWidth, {}, {}, {""}));
  DatasetPlan valid = integer("valid_rows", "1", "number of rows that are written");
  valid.initial = std::vector<std::int64_t>{0};
  valid.late = true;
  group.datasets.push_back(std::move(valid));
  for (const CounterColumn& counter : counter_columns()) {
    const bool whole = std::holds_alternative<std::int64_t Counters::*>(counter.member);
    group.datasets.push_back((whole ? integer : number)(std::string(counter.name), counter.units, counter.description));
  }
  for (const ValueDescription& value : run.values) {
    group.datasets.push_back((value.integer ? integer : number)(value.name, value.units, value.description));
  }
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return buffer;
}

}  // namespace

std::int64_t DatasetPlan::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t DatasetPlan::element_bytes() const {
  switch (element) {
    case Element::text:
      return 16;  // length, place in the heap
    case Element::characters:
      return 1;
    default:
      return 8;
  }
}

std::string run_path(std::size_t number) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "/runs/%04zu", number);
  return buffer;
}

GroupPlan root_plan(const FileDescription& file) {
  GroupPlan group{.path = "/", .attributes = file.more, .datasets = {}, .links = {}};
  group.attributes["schema"] = std::int64_t{1};
  group.attributes["version"] = file.version;
  group.attributes["git_commit"] = file.git_commit;
  group.attributes["command_line"] = file.command_line;
  group.attributes["configuration"] = file.configuration;
  group.attributes["compiler"] = file.compiler;
  group.attributes["processor"] = file.processor;
  group.attributes["precision"] = file.precision;
  group.attributes["date"] = file.date.empty() ? now() : file.date;
  group.datasets.push_back(character_axis(kStatusWidth));
  group.datasets.push_back(characters("status",
                                      "running (also where the program was killed), finished, interrupted or failed",
                                      kStatusWidth, {}, {}, {to_string(FileStatus::running)}));
  return group;
}

GroupPlan run_plan(std::size_t number, const RunDescription& run) {
  const std::size_t components = run.component_law.size();
  if (run.rows < 1) throw std::logic_error("a run needs at least one row");
  if (run.component_kind.size() != components || run.component_index.size() != components) {
    throw std::logic_error("law, kind and index have one entry a component");
  }
  if (run.law_kinds.size() != run.laws.size()) throw std::logic_error("a law has one kind");
  GroupPlan group{.path = run_path(number), .attributes = run.attributes, .datasets = {}, .links = {}};
  // xarray makes coordinates of the variables that this attribute lists (CF conventions, 5).
  group.attributes["coordinates"] = "time component_law component_kind component_index law_kind";

  group.datasets.push_back(counted_scale("row", "number of the record", run.rows));
  group.datasets.push_back(
      counted_scale("component", "number of the law's component", static_cast<std::int64_t>(components)));
  DatasetPlan blocks = texts("block", "the block's scope", run.blocks);
  blocks.scale = Scale::coordinate;
  group.datasets.push_back(std::move(blocks));
  DatasetPlan laws = texts("law", "the law, with its scope", run.laws);
  laws.scale = Scale::coordinate;
  group.datasets.push_back(std::move(laws));
  group.datasets.push_back(
      texts("law_kind", "law, control (not conserved) or claim (said to be conserved)", run.law_kinds));
  group.datasets.back().axes = {"law"};
  add_axis_scales(run, group);
  const auto add_coordinate = [&](const char* name, const char* description, const std::vector<std::string>& values) {
    group.datasets.push_back(texts(name, description, values));
    group.datasets.back().axes = {"component"};
  };
  add_coordinate("component_law", "the component's law", run.component_law);
  add_coordinate("component_kind", "law, control (not conserved) or claim (said to be conserved)", run.component_kind);
  add_coordinate("component_index", "values of the law's indices", run.component_index);
  add_columns(run, group);
  add_late_values(run, group);
  add_parameters(run, group);
  add_constants(run, group);
  return group;
}

GroupPlan summary_plan(const FileDescription& file) {
  const std::int64_t cases = static_cast<std::int64_t>(file.cases.size());
  GroupPlan group{.path = "/summary", .attributes = {}, .datasets = {}, .links = {}};
  group.datasets.push_back(counted_scale("case", "one a run and law", cases));
  for (const SummaryColumn& column : summary_columns())
    if (column.late_width > 0) group.datasets.push_back(character_axis(column.late_width));
  for (const SummaryColumn& column : summary_columns()) {
    const std::string name(column.name);
    if (const auto* member = std::get_if<std::string SummaryCase::*>(&column.member)) {
      std::vector<std::string> values;
      for (const SummaryCase& entry : file.cases) values.push_back(entry.**member);
      if (column.late_width > 0) {
        group.datasets.push_back(
            characters(name, column.description, column.late_width, {"case"}, {cases}, std::move(values)));
      } else {
        group.datasets.push_back(along(texts(name, column.description, std::move(values)), {"case"}, {cases}));
      }
    } else if (std::holds_alternative<std::int64_t SummaryCase::*>(column.member)) {
      group.datasets.push_back(along(integer(name, column.units, column.description), {"case"}, {cases}));
    } else {
      group.datasets.push_back(along(number(name, column.units, column.description), {"case"}, {cases}));
    }
  }
  return group;
}

}  // namespace invar::record
