// See results_file.h. Creation is in create.cpp.
#include "record/results_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "error.h"
#include "hdf5/dataset.h"
#include "record/columns.h"
#include "record/run_slots.h"

namespace invar::record {

ResultsFile::ResultsFile(std::filesystem::path path, std::unique_ptr<WriterLock> lock, int descriptor,
                         Skeleton skeleton, const FileDescription& file, const std::vector<GroupDescription>& groups)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      descriptor_(descriptor),
      root_(std::move(skeleton.root)),
      summary_(std::move(skeleton.summary)),
      cases_(file.cases.size()) {
  const std::size_t count = run_count(groups);
  std::vector<std::optional<Run>> runs(count);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const auto group = std::make_shared<const Group>(groups[g], std::move(skeleton.groups[g]));
    for (std::size_t i = 0; i < groups[g].runs.size(); ++i) {
      const RunDescription& description = groups[g].runs[i];
      const auto number = static_cast<std::size_t>(description.number);
      if (number >= count || runs[number]) throw std::logic_error("results file: runs are not numbered 0, 1, …");
      runs[number].emplace(group, static_cast<std::int64_t>(i), description);
    }
  }
  for (std::optional<Run>& run : runs) runs_.push_back(std::move(*run));
}

ResultsFile::~ResultsFile() {
  if (descriptor_ < 0) return;
  try {
    close(FileStatus::failed);
  } catch (const std::exception&) {  // a destructor must not throw; the file then stays `running`
    if (descriptor_ >= 0) ::close(descriptor_);
  }
}

ResultsFile::Run& ResultsFile::run(std::size_t number) {
  if (number >= runs_.size()) throw std::logic_error("results file: there is no run " + std::to_string(number));
  return runs_[number];
}

void ResultsFile::write_bytes(const Slot& slot, std::int64_t first, std::int64_t count, const void* bytes) {
  if (descriptor_ < 0) throw std::logic_error("results file: it is closed");
  if (first < 0 || first + count > slot.elements) throw std::logic_error("results file: beyond the end of a dataset");
  const char* data = static_cast<const char*>(bytes);
  std::int64_t left = count * slot.element_bytes;
  std::int64_t at = slot.offset + first * slot.element_bytes;
  while (left > 0) {
    const ssize_t written = pwrite(descriptor_, data, static_cast<std::size_t>(left), at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      throw InputError(path_.string() + ": cannot be written: " + (written < 0 ? std::strerror(errno) : "no progress") +
                       ": the rows that it counts stay readable; mend the disk and start again");
    }
    data += written;
    at += written;
    left -= written;
  }
}

void ResultsFile::write_numbers(const Slot& slot, std::int64_t first, std::span<const double> values) {
  write_bytes(slot, first, static_cast<std::int64_t>(values.size()), values.data());
}

void ResultsFile::write_integer(const Slot& slot, std::int64_t index, std::int64_t value) {
  write_bytes(slot, index, 1, &value);
}

void ResultsFile::write_text(const Slot& slot, std::int64_t index, const std::string& text) {
  write_bytes(slot, index, 1, hdf5::padded(text, static_cast<std::size_t>(slot.element_bytes)).data());
}

void ResultsFile::write_row(std::size_t number, std::int64_t row, const RowValues& values) {
  const std::lock_guard guard(mutex_);
  Run& to = run(number);
  if (row < 0 || row > to.valid_rows || row >= to.rows) throw std::logic_error("results file: rows come in order");
  if (!to.running) {
    write_text(to.at("status"), 0, to_string(RunStatus::running));
    to.running = true;
  }
  const std::span<const RowColumn> columns = row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Slot slot = to.part(to.group->columns[i]);
    if (const auto* number_of = std::get_if<double RowValues::*>(&columns[i].member)) {
      write_numbers(slot, row, {&(values.**number_of), 1});
    } else if (const auto* integer_of = std::get_if<std::int64_t RowValues::*>(&columns[i].member)) {
      write_integer(slot, row, values.**integer_of);
    } else {
      const std::vector<double>& entries = values.*std::get<std::vector<double> RowValues::*>(columns[i].member);
      if (entries.empty()) continue;
      to.expect_row(slot, entries.size(), columns[i].name);
      write_numbers(slot, row * static_cast<std::int64_t>(entries.size()), entries);
    }
  }
  if (!values.parameters.empty()) {
    to.each_tensor(to.group->trajectory, values.parameters, [&](const Slot& slot, std::span<const double> tensor) {
      write_numbers(slot, row * static_cast<std::int64_t>(tensor.size()), tensor);
    });
  }
  if (row == to.valid_rows) {
    write_integer(to.at("valid_rows"), 0, row + 1);  // last: it vouches for the row
    to.valid_rows = row + 1;
  }
}

void ResultsFile::write_parameters(std::size_t number, ParameterSet set, std::span<const double> parameters) {
  const std::lock_guard guard(mutex_);
  const Run& to = run(number);
  to.each_tensor(set == ParameterSet::start ? to.group->start : to.group->end, parameters,
                 [&](const Slot& slot, std::span<const double> tensor) { write_numbers(slot, 0, tensor); });
}

void ResultsFile::write_column(std::size_t number, const std::string& name, std::span<const double> values) {
  const std::lock_guard guard(mutex_);
  for (const RowColumn& column : row_columns()) {
    if (column.name == name && !std::holds_alternative<std::int64_t RowValues::*>(column.member)) {
      write_numbers(run(number).at(name), 0, values);
      return;
    }
  }
  throw std::logic_error("results file: there is no column of numbers " + name);
}

void ResultsFile::write_member(const Slot& slot, std::int64_t index, double value) {
  write_numbers(slot, index, {&value, 1});
}
void ResultsFile::write_member(const Slot& slot, std::int64_t index, std::int64_t value) {
  write_integer(slot, index, value);
}

void ResultsFile::write_counters(Run& to, const Counters& counters) {
  for (const CounterColumn& column : counter_columns())
    std::visit([&](auto member) { write_member(to.at(std::string(column.name)), 0, counters.*member); }, column.member);
}

void ResultsFile::write_counters(std::size_t number, const Counters& counters) {
  const std::lock_guard guard(mutex_);
  write_counters(run(number), counters);
}

void ResultsFile::finish_run(std::size_t number, const RunEnd& end) {
  const std::lock_guard guard(mutex_);
  Run& to = run(number);
  write_counters(to, end.counters);
  write_text(to.at("status_message"), 0, end.message);
  write_text(to.at("status"), 0, to_string(end.status));  // last: it vouches for the rest
}

void ResultsFile::fail_run(std::size_t number, const std::string& message) {
  const std::lock_guard guard(mutex_);
  write_text(run(number).at("status_message"), 0, message);
  write_text(run(number).at("status"), 0, to_string(RunStatus::failed));
}

void ResultsFile::write_summary(std::span<const SummaryCase> cases, std::size_t first, std::size_t count) {
  const std::lock_guard guard(mutex_);
  if (cases.size() != cases_) throw std::logic_error("results file: the summary has another number of cases");
  const std::span<const SummaryCase> some = cases.subspan(first, count);
  const auto at = static_cast<std::int64_t>(first);
  for (const SummaryColumn& column : summary_columns()) {
    const Slot& slot = summary_.at(std::string(column.name));
    if (const auto* text = std::get_if<std::string SummaryCase::*>(&column.member)) {
      if (column.late_width == 0) continue;  // it stands since creation
      std::string bytes;
      for (const SummaryCase& one : some)
        bytes += hdf5::padded(one.**text, static_cast<std::size_t>(column.late_width));
      write_bytes(slot, at, std::ssize(some), bytes.data());
    } else if (const auto* integer = std::get_if<std::int64_t SummaryCase::*>(&column.member)) {
      std::vector<std::int64_t> values;
      for (const SummaryCase& one : some) values.push_back(one.**integer);
      write_bytes(slot, at, std::ssize(some), values.data());
    } else {
      std::vector<double> values;
      for (const SummaryCase& one : some) values.push_back(one.*std::get<double SummaryCase::*>(column.member));
      write_numbers(slot, at, values);
    }
  }
}

void ResultsFile::close(FileStatus status) {
  const std::lock_guard guard(mutex_);
  write_text(root_.at("status"), 0, to_string(status));
  const bool stored = fsync(descriptor_) == 0;
  const int reason = errno;
  ::close(descriptor_);
  descriptor_ = -1;
  lock_.reset();
  if (!stored) throw InputError(path_.string() + ": cannot be brought to the disk: " + std::strerror(reason));
}

}  // namespace invar::record
