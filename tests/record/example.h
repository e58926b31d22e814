// A small results file for the tests: two groups of different shapes, one with two runs of different lengths; each
// number in it different and computable.
#pragma once

#include <numeric>
#include <stdexcept>

#include "record/columns.h"
#include "record/results_file.h"

namespace invar::testing {

inline record::FileDescription example_file() {
  record::FileDescription file;
  file.version = "0.1.0";
  file.git_commit = "0123abc";
  file.command_line = "drift --model attention";
  file.configuration = "model = \"attention\"\n# τ\n" + std::string(100000, '#');
  file.compiler = "g++";
  file.processor = "any";
  file.precision = "double";
  for (std::int64_t run : {0, 1}) {
    record::SummaryCase entry;
    entry.run = run;
    entry.model = "attention";
    entry.method = run == 0 ? "flow" : "gd";
    entry.law = "query_key";
    entry.kind = "law";
    entry.start_seed = 4;
    file.cases.push_back(entry);
  }
  return file;
}

inline record::RunDescription example_run(std::int64_t number, std::int64_t rows) {
  record::RunDescription run;
  run.number = number;
  run.label = "gd 0.1";
  run.method = number == 0 ? "flow" : "gd";
  run.integrator = "euler";
  run.precision = "double";
  run.rtol = 1e-9;
  run.start_seed = 4;
  run.rows = rows;
  return run;
}

inline record::GroupDescription example_group(const std::string& name, std::int64_t components, bool save_parameters,
                                              std::vector<record::RunDescription> runs) {
  record::GroupDescription group;
  group.name = name;
  group.attributes = {{"model", std::string("attention")}, {"scale", 1e-9}, {"samples", std::int64_t{4}}};
  for (std::int64_t c = 0; c < components; ++c) {
    group.component_law.push_back(c % 2 == 0 ? "query_key" : "value_output");
    group.component_kind.push_back(c == 0 ? "control" : "law");
    group.component_index.push_back("0,0," + std::to_string(c));
  }
  group.blocks = {"layers.0.attention", "layers.1.attention"};
  group.laws = {"query_key", "value_output", "query_plus_key"};
  group.law_kinds = {"law", "law", "control"};
  group.parameters = {{"Q", {2, 3, 2}, {"h", "d", "a"}}, {"layers.0.ffn.A", {3, 3}, {"m", "h"}}, {"scale", {}, {}}};
  group.save_parameters = save_parameters;
  group.runs = std::move(runs);
  return group;
}

/// Runs 0 and 2 of one model, 1 of another.
inline std::vector<record::GroupDescription> example_groups(std::int64_t first = 6, std::int64_t second = 4) {
  return {example_group("attention", 5, true, {example_run(0, first), example_run(2, second)}),
          example_group("other", 3, false, {example_run(1, second)})};
}

/// The group of a run, and the run.
inline const record::GroupDescription& group_of(const std::vector<record::GroupDescription>& groups, std::size_t run) {
  for (const record::GroupDescription& group : groups)
    for (const record::RunDescription& one : group.runs)
      if (one.number == static_cast<std::int64_t>(run)) return group;
  throw std::logic_error("no such run");
}
inline std::int64_t rows_of(const std::vector<record::GroupDescription>& groups, std::size_t run) {
  for (const record::RunDescription& one : group_of(groups, run).runs)
    if (one.number == static_cast<std::int64_t>(run)) return one.rows;
  return 0;
}

/// The number at a place of a column (by its position among the columns).
inline double number_at(std::size_t run, std::int64_t row, std::size_t column, std::size_t entry) {
  return static_cast<double>(run) * 1e6 + static_cast<double>(row) * 1e3 + static_cast<double>(column) * 20 +
         static_cast<double>(entry) + 0.25;
}

/// θ at a row; row −1 is the start, −2 the end.
inline std::vector<double> parameters_at(std::size_t run, std::int64_t row) {
  std::vector<double> theta(22);
  std::iota(theta.begin(), theta.end(), static_cast<double>(run) * 1000 + static_cast<double>(row) * 30);
  return theta;
}

inline record::RowValues example_row(std::size_t run, std::int64_t row, const record::GroupDescription& description) {
  record::RowValues values;
  const std::span<const record::RowColumn> columns = record::row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (const auto* number = std::get_if<double record::RowValues::*>(&columns[i].member)) {
      values.** number = number_at(run, row, i, 0);
    } else if (const auto* list = std::get_if<std::vector<double> record::RowValues::*>(&columns[i].member)) {
      const std::size_t entries = columns[i].axis == "block" ? description.blocks.size()
                                  : columns[i].axis == "law" ? description.laws.size()
                                                             : description.component_law.size();
      for (std::size_t entry = 0; entry < entries; ++entry) (values.**list).push_back(number_at(run, row, i, entry));
    }
  }
  values.step = row * 10;
  if (description.save_parameters) values.parameters = parameters_at(run, row);
  return values;
}

inline void write_rows(record::ResultsFile& file, const std::vector<record::GroupDescription>& groups, std::size_t run,
                       std::int64_t first, std::int64_t end) {
  for (std::int64_t row = first; row < end; ++row)
    file.write_row(run, row, example_row(run, row, group_of(groups, run)));
}

}  // namespace invar::testing
