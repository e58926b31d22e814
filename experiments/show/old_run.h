// A run of schema 1, which had a group for each.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hdf5/file.h"
#include "record/results_file.h"

namespace invar {

class OldRun {
 public:
  OldRun(const hdf5::File& file, const std::string& name, std::int64_t number);

  const std::string& status() const { return status_; }

  /// A group of this run alone; the first call.
  record::GroupDescription describe();
  /// What the file said of runs with some method alone, and says of the model now.
  void add_method_attributes(record::GroupDescription& group) const;
  void copy_rows(const record::GroupDescription& group, record::ResultsFile& file) const;
  record::RunEnd end() const;
  /// What schema 1 did not have in its summary, and, of a run that had ended in a program that was killed, all of it,
  /// as far as the rows have it: old_summary.cpp.
  void complete(record::SummaryCase& one) const;

 private:
  /// What the rest relies on: as many rows in every column, in a row as many entries as its axis has. InputError.
  void expect_shapes() const;
  template <class T>
  T taken(const char* name, T otherwise);
  void describe_run();
  std::string label() const;
  std::vector<std::string> axes_of(const std::string& tensor) const;
  std::vector<double> parameters(const record::GroupDescription& group, const std::string& set,
                                 std::optional<std::size_t> row) const;
  hdf5::Group group_;
  record::Attributes attributes_;
  std::map<std::string, std::vector<std::string>> axes_;
  record::RunDescription description_;
  std::int64_t rows_ = 0, valid_rows_ = 0;
  std::string status_;
  bool batch_is_chosen_ = false;
};

}  // namespace invar
