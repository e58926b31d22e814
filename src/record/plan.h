// The results file (schema 2): what its groups hold.
//
//   /            status; attributes schema, version, git_commit, command_line, configuration, date, compiler,
//                processor, precision
//   /MODEL       all runs of a model along the axis run: their coordinates (run_columns), counters, status,
//                status_message, valid_rows; coordinates row, component (component_law, _kind, _index), block, law;
//                columns [run, row], [run, row, component], [run, row, block], [run, row, law]
//   /MODEL/start, end, trajectory, constants
//                parameters [run, …], at every row [run, row, …], and what is frozen, which has the axis run only where
//                it differs among the runs: see tensor_plan.h
//   /summary     columns [case]
//   /_axes, /_axes_of_tensors
//                second names of all scales: see created_group.cpp; /_numbers of all numbers: see numbers_apart.h
//
// Runs of a group may have fewer rows than the axis: what is behind them stays NaN, of integers −1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record/dataset_plan.h"
#include "record/description.h"

namespace invar::record {

inline constexpr std::int64_t kSchema = 2;

GroupPlan root_plan(const FileDescription& file);
/// Everything of a group of runs: the group itself first.
std::vector<GroupPlan> run_plans(const GroupDescription& group);
GroupPlan summary_plan(const FileDescription& file);

/// Size in bytes of a file with these runs, for --dry-run and for the check of free space: the raw data exactly, HDF5's
/// bookkeeping from above by a few per cent.
std::int64_t file_bytes(const FileDescription& file, const std::vector<GroupDescription>& groups);

}  // namespace invar::record
