// The columns of runs, rows, counters and the summary, each in one line: a new one is a member of its struct and a line
// here.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "record/description.h"

namespace invar::record {

/// What is known of a run before it begins, along the axis run.
struct RunColumn {
  std::string_view name, units, description;
  std::variant<double RunDescription::*, std::int64_t RunDescription::*, std::string RunDescription::*> member;
};
std::span<const RunColumn> run_columns();

struct RowColumn {
  std::string_view name, units, description;
  std::variant<double RowValues::*, std::int64_t RowValues::*, std::vector<double> RowValues::*> member;
  std::string_view axis = "component";  // of a vector: component, block or law
  bool late = false;                    // written after the run, not with its rows
};
std::span<const RowColumn> row_columns();

struct SummaryColumn {
  std::string_view name, units, description;
  std::variant<double SummaryCase::*, std::int64_t SummaryCase::*, std::string SummaryCase::*> member;
  std::int64_t late_width = 0;  // a text that is written at the end: the bytes kept for it
};
std::span<const SummaryColumn> summary_columns();

struct CounterColumn {
  std::string_view name, units, description;
  std::variant<double Counters::*, std::int64_t Counters::*> member;
};
std::span<const CounterColumn> counter_columns();

}  // namespace invar::record
