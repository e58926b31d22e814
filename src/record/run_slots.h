// Where a run's data lie, by column and tensor: the part of a results file's state that belongs to one run.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "record/columns.h"
#include "record/results_file.h"
#include "record/tensor_plan.h"

namespace invar::record {

/// What the runs of a group share. All data of a group begin with the axis run.
struct ResultsFile::Group {
  Group(const GroupDescription& description, Slots found)
      : slots(std::move(found)), rows(description.rows()), runs(std::ssize(description.runs)) {
    for (const RowColumn& column : row_columns()) columns.push_back(slots.at(std::string(column.name)));
    std::vector<std::string> names;
    for (const ParameterDescription& parameter : description.parameters) names.push_back(parameter.name);
    for (const std::string& path : tensor_paths(names)) {
      start.push_back(slots.at("start/" + path));
      end.push_back(slots.at("end/" + path));
      if (description.save_parameters) trajectory.push_back(slots.at("trajectory/" + path));
      parameters += start.back().elements / runs;
    }
  }

  Slots slots;
  std::int64_t rows, runs;
  std::vector<Slot> columns;  // in the order of row_columns()
  std::vector<Slot> start, end, trajectory;
  std::int64_t parameters = 0;
};

struct ResultsFile::Run {
  Run(std::shared_ptr<const Group> of, std::int64_t at, const RunDescription& description)
      : group(std::move(of)), index(at), rows(description.rows) {}

  /// The run's part of a group's data.
  Slot part(const Slot& whole) const {
    const std::int64_t elements = whole.elements / group->runs;
    return {whole.offset + index * elements * whole.element_bytes, whole.element_bytes, elements};
  }
  Slot at(const std::string& name) const { return part(group->slots.at(name)); }
  std::vector<Slot> parts(const std::vector<Slot>& wholes) const {
    std::vector<Slot> result;
    for (const Slot& whole : wholes) result.push_back(part(whole));
    return result;
  }

  void expect_row(const Slot& slot, std::size_t entries, std::string_view name) const {
    if (static_cast<std::int64_t>(entries) * group->rows != slot.elements) {
      throw std::logic_error("results file: column " + std::string(name) + " has rows of " +
                             std::to_string(slot.elements / group->rows) + ", not " + std::to_string(entries));
    }
  }

  /// Calls write(slot, values) for each tensor of θ.
  template <class Write>
  void each_tensor(const std::vector<Slot>& tensors, std::span<const double> theta, Write write) const {
    if (static_cast<std::int64_t>(theta.size()) != group->parameters) {
      throw std::logic_error("results file: " + std::to_string(theta.size()) + " parameters, not " +
                             std::to_string(group->parameters));
    }
    if (tensors.size() != group->start.size())
      throw std::logic_error("results file: parameters are not saved at every row");
    std::size_t begin = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto size = static_cast<std::size_t>(group->start[i].elements / group->runs);
      write(part(tensors[i]), theta.subspan(begin, size));
      begin += size;
    }
  }

  std::shared_ptr<const Group> group;
  std::int64_t index;  // along the axis run
  std::int64_t rows;
  std::int64_t valid_rows = 0;
  bool running = false;
  std::string found_status;  // where the file was opened
};

}  // namespace invar::record
