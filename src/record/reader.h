// Reads a results file (schema 2), also one that is being written, or was left where its program was killed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hdf5/file.h"
#include "record/description.h"

namespace invar::record {

/// A run as far as it has come.
struct RunState {
  RunDescription description;  // without rows and constants
  std::string status, message;
  std::int64_t valid_rows = 0;
  Counters counters;
  std::size_t group = 0, index = 0;  // where it stands
};

class Reader {
 public:
  /// InputError: no file, no results file, or one of another schema, with the remedy.
  explicit Reader(const std::filesystem::path& path);

  const hdf5::File& file() const { return file_; }
  const std::filesystem::path& path() const { return path_; }
  /// Of the file; see FileStatus.
  const std::string& status() const { return status_; }
  struct Group {
    std::string name;
    hdf5::Group group;
    std::string model;
  };
  const std::vector<Group>& groups() const { return groups_; }
  /// By their numbers.
  const std::vector<RunState>& runs() const { return runs_; }
  /// The first rows of a run's column, as many as are written, row-major.
  std::vector<double> column(const RunState& run, const std::string& name) const;
  std::vector<SummaryCase> summary() const;

 private:
  void read_runs(std::size_t group);

  std::filesystem::path path_;
  hdf5::File file_;
  std::string status_;
  std::vector<Group> groups_;
  std::vector<RunState> runs_;
};

}  // namespace invar::record
