// See plan.h.
#include "record/plan.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "record/columns.h"
#include "record/tensor_plan.h"

namespace invar::record {
namespace {

constexpr std::int64_t kStatusWidth = 16, kMessageWidth = 256;
constexpr std::string_view kKinds = "law, control (not conserved) or claim (said to be conserved)";

/// A column of text, integers or numbers over one axis, from its descriptions' members.
template <class Column, class Entry>
DatasetPlan known_column(const Column& column, const std::string& axis, const std::vector<Entry>& entries) {
  const auto extent = static_cast<std::int64_t>(entries.size());
  return std::visit(
      [&](auto member) {
        using Value = std::remove_cvref_t<decltype(entries.front().*member)>;
        std::vector<Value> values;
        for (const Entry& entry : entries) values.push_back(entry.*member);
        DatasetPlan plan;
        if constexpr (std::is_same_v<Value, std::string>) {
          plan = texts(std::string(column.name), column.description, std::move(values));
        } else {
          constexpr bool whole = std::is_same_v<Value, std::int64_t>;
          plan = (whole ? integer : number)(std::string(column.name), column.units, column.description);
          plan.initial = std::move(values);
        }
        return along(std::move(plan), {axis}, {extent});
      },
      column.member);
}

void add_runs(const GroupDescription& description, GroupPlan& group) {
  const auto runs = static_cast<std::int64_t>(description.runs.size());
  for (const RunColumn& column : run_columns()) group.add(known_column(column, "run", description.runs));
  const std::vector<std::string> pending(description.runs.size(), to_string(RunStatus::pending)),
      nothing(description.runs.size());
  group.add(along(late_texts("status",
                             "pending, running (also where the program was killed), finished, truncated, diverged, "
                             "stalled, interrupted, failed or stopped (at a condition that was asked for)",
                             kStatusWidth, pending),
                  {"run"}, {runs}));
  group.add(along(late_texts("status_message", "why the run ended", kMessageWidth, nothing), {"run"}, {runs}));
  DatasetPlan valid = along(integer("valid_rows", "1", "number of rows that are written"), {"run"}, {runs});
  valid.initial = std::vector<std::int64_t>(description.runs.size(), 0);
  valid.late = true;
  group.add(std::move(valid));
  for (const CounterColumn& counter : counter_columns()) {
    const bool whole = std::holds_alternative<std::int64_t Counters::*>(counter.member);
    group.add(along((whole ? integer : number)(std::string(counter.name), counter.units, counter.description), {"run"},
                    {runs}));
  }
}

void add_rows(const GroupDescription& description, GroupPlan& group) {
  const auto extent = [&](std::string_view axis) {
    return std::ssize(axis == "block" ? description.blocks
                      : axis == "law" ? description.laws
                                      : description.component_law);
  };
  const std::int64_t runs = std::ssize(description.runs), rows = description.rows();
  for (const RowColumn& column : row_columns()) {
    const std::string name(column.name);
    const bool whole = std::holds_alternative<std::int64_t RowValues::*>(column.member);
    DatasetPlan plan = (whole ? integer : number)(name, column.units, column.description);
    if (std::holds_alternative<std::vector<double> RowValues::*>(column.member))
      group.add(along(std::move(plan), {"run", "row", std::string(column.axis)}, {runs, rows, extent(column.axis)}));
    else
      group.add(along(std::move(plan), {"run", "row"}, {runs, rows}));
  }
}

void append(std::vector<GroupPlan>& plans, std::vector<GroupPlan> more) {
  plans.insert(plans.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

DatasetPlan run_scale(const GroupDescription& description) {
  std::vector<std::int64_t> numbers;
  for (const RunDescription& run : description.runs) numbers.push_back(run.number);
  return scale("run", "number of the run in the file", std::move(numbers));
}

DatasetPlan row_scale(const GroupDescription& description) {
  return counted_scale("row", "number of the record", description.rows());
}

void add_parameters(const GroupDescription& description, const std::string& path, std::vector<GroupPlan>& plans) {
  if (description.parameters.empty()) return;
  std::vector<TensorPlan> tensors;
  for (const ParameterDescription& parameter : description.parameters)
    tensors.push_back({parameter.name, parameter.shape, parameter.axes, {}});
  const DatasetPlan run = run_scale(description);
  append(plans, tensor_plans(path + "/start", "parameter at the start", tensors, {run}, {}));
  append(plans, tensor_plans(path + "/end", "parameter at the end", tensors, {run}, {}));
  if (description.save_parameters)
    append(plans, tensor_plans(path + "/trajectory", "parameter at each row", tensors, {run, row_scale(description)},
                               {path + "/time"}));
}

/// Runs may share the numbers, or have each its own: these are drawn by its seed.
void add_constants(const GroupDescription& description, const std::string& path, std::vector<GroupPlan>& plans) {
  const std::vector<RunDescription>& runs = description.runs;
  if (runs.front().constants.empty()) return;
  bool differ = false;
  for (const RunDescription& run : runs) {
    if (run.constants.size() != runs.front().constants.size()) throw std::logic_error("runs with other constants");
    for (std::size_t i = 0; i < run.constants.size(); ++i) {
      const SharedNumbers &own = run.constants[i].values, &first = runs.front().constants[i].values;
      differ = differ || (own != first && *own != *first);
    }
  }
  std::vector<TensorPlan> tensors;
  for (std::size_t i = 0; i < runs.front().constants.size(); ++i) {
    const ConstantDescription& constant = runs.front().constants[i];
    TensorPlan& tensor = tensors.emplace_back(TensorPlan{constant.name, constant.shape, constant.axes, {}});
    for (const RunDescription& run : runs) {
      tensor.values.push_back(run.constants[i].values);
      if (!differ) break;
    }
  }
  const std::vector<DatasetPlan> leading = differ ? std::vector{run_scale(description)} : std::vector<DatasetPlan>{};
  append(plans, tensor_plans(path + "/constants", "frozen tensor", tensors, leading, {}));
}

void expect_consistent(const GroupDescription& group) {
  const std::size_t components = group.component_law.size();
  if (group.runs.empty()) throw std::logic_error("a group needs a run");
  for (const RunDescription& run : group.runs)
    if (run.rows < 1) throw std::logic_error("a run needs at least one row");
  if (group.component_kind.size() != components || group.component_index.size() != components)
    throw std::logic_error("law, kind and index have one entry a component");
  if (group.law_kinds.size() != group.laws.size()) throw std::logic_error("a law has one kind");
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

GroupPlan root_plan(const FileDescription& file) {
  GroupPlan group{.path = "/", .attributes = file.more, .datasets = {}, .links = {}, .numbers_apart = false};
  group.attributes["schema"] = kSchema;
  group.attributes["version"] = file.version;
  group.attributes["git_commit"] = file.git_commit;
  group.attributes["command_line"] = file.command_line;
  group.attributes["configuration"] = file.configuration;
  group.attributes["compiler"] = file.compiler;
  group.attributes["processor"] = file.processor;
  group.attributes["precision"] = file.precision;
  group.attributes["date"] = file.date.empty() ? now() : file.date;
  group.add(late_texts("status", "running (also where the program was killed), finished, interrupted or failed",
                       kStatusWidth, {to_string(FileStatus::running)}));
  return group;
}

std::vector<GroupPlan> run_plans(const GroupDescription& description) {
  expect_consistent(description);
  std::vector<GroupPlan> plans(1);
  GroupPlan& group = plans.front();
  group.path = "/" + description.name;
  group.numbers_apart = true;
  group.attributes = description.attributes;
  // xarray makes coordinates of the variables that this attribute lists (CF conventions, 5).
  std::string coordinates =
      "status status_message valid_rows time step component_law component_kind component_index law_kind";
  for (const RunColumn& column : run_columns()) coordinates += " " + std::string(column.name);
  for (const CounterColumn& column : counter_columns()) coordinates += " " + std::string(column.name);
  group.attributes["coordinates"] = coordinates;

  group.add(run_scale(description));
  group.add(row_scale(description));
  group.add(counted_scale("component", "number of the law's component", std::ssize(description.component_law)));
  group.add(scale("block", "the block's scope", description.blocks));
  group.add(scale("law", "the law, with its scope", description.laws));
  const auto add_texts = [&](const char* name, std::string_view what, const char* axis,
                             const std::vector<std::string>& values) {
    group.add(along(texts(name, what, values), {axis}, {std::ssize(values)}));
  };
  add_texts("law_kind", kKinds, "law", description.law_kinds);
  add_texts("component_law", "the component's law", "component", description.component_law);
  add_texts("component_kind", kKinds, "component", description.component_kind);
  add_texts("component_index", "values of the law's indices", "component", description.component_index);
  add_runs(description, group);
  add_rows(description, group);
  const std::string path = group.path;
  add_parameters(description, path, plans);
  add_constants(description, path, plans);
  return plans;
}

GroupPlan summary_plan(const FileDescription& file) {
  const std::int64_t cases = std::ssize(file.cases);
  GroupPlan group{.path = "/summary", .attributes = {}, .datasets = {}, .links = {}, .numbers_apart = true};
  group.add(counted_scale("case", "one a run and law", cases));
  for (const SummaryColumn& column : summary_columns()) {
    DatasetPlan plan = known_column(column, "case", file.cases);
    if (column.late_width > 0)
      plan = along(late_texts(plan.name, column.description, column.late_width,
                              std::get<std::vector<std::string>>(plan.initial)),
                   {"case"}, {cases});
    plan.late = plan.element != Element::text;
    group.add(std::move(plan));
  }
  return group;
}

std::int64_t file_bytes(const FileDescription& file, const std::vector<GroupDescription>& groups) {
  constexpr std::int64_t kFile = 8192;
  std::int64_t bytes = kFile + group_bytes(root_plan(file)) + group_bytes(summary_plan(file));
  for (const GroupDescription& group : groups)
    for (const GroupPlan& plan : run_plans(group)) bytes += group_bytes(plan);
  return bytes;
}

}  // namespace invar::record
