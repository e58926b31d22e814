// Where a run's data lie, by column and tensor: the part of a results file's state that belongs to one run.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "record/columns.h"
#include "record/results_file.h"

namespace invar::record {

struct ResultsFile::Run {
  Run(const RunDescription& description, Slots found)
      : slots(std::move(found)), values(description.values), rows(description.rows) {
    for (const RowColumn& column : row_columns()) columns.push_back(at(std::string(column.name)));
    for (const ParameterDescription& parameter : description.parameters) {
      start.push_back(at("start/" + parameter.name));
      end.push_back(at("end/" + parameter.name));
      if (description.save_parameters) trajectory.push_back(at("trajectory/" + parameter.name));
      parameters += start.back().elements;
    }
  }

  const Slot& at(const std::string& name) const { return slots.at(name); }

  const Slot& value(const std::string& name, bool integer) const {
    for (const ValueDescription& known : values) {
      if (known.name == name && known.integer == integer) return at(name);
    }
    throw std::logic_error("results file: no late value " + name + (integer ? " (integer)" : " (floating point)"));
  }

  void expect_row(const Slot& slot, std::size_t entries, std::string_view name) const {
    if (static_cast<std::int64_t>(entries) * rows != slot.elements) {
      throw std::logic_error("results file: column " + std::string(name) + " has rows of " +
                             std::to_string(slot.elements / rows) + ", not " + std::to_string(entries));
    }
  }

  /// Calls write(slot, values) for each tensor of θ.
  template <class Write>
  void each_tensor(const std::vector<Slot>& tensors, std::span<const double> theta, Write write) const {
    if (static_cast<std::int64_t>(theta.size()) != parameters) {
      throw std::logic_error("results file: " + std::to_string(theta.size()) + " parameters, not " +
                             std::to_string(parameters));
    }
    if (tensors.size() != start.size()) throw std::logic_error("results file: parameters are not saved at every row");
    std::size_t begin = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const std::size_t size = static_cast<std::size_t>(start[i].elements);
      write(tensors[i], theta.subspan(begin, size));
      begin += size;
    }
  }

  Slots slots;
  std::vector<ValueDescription> values;
  std::int64_t rows;
  std::vector<Slot> columns;  // in the order of row_columns()
  std::vector<Slot> start, end, trajectory;
  std::int64_t parameters = 0;
  std::int64_t valid_rows = 0;
  bool running = false;
  std::string found_status;  // where the file was opened
};

}  // namespace invar::record
