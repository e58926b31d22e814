// How a results file that was left unfinished is written on: see ResultsFile::open.
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error.h"
#include "hdf5/file.h"
#include "record/results_file.h"
#include "record/run_slots.h"

namespace invar::record {
namespace {

namespace fs = std::filesystem;

/// Adds a stretch of the file to a checksum.
uLong add_bytes(int descriptor, const fs::path& path, std::int64_t at, std::int64_t left, uLong sum) {
  std::vector<unsigned char> buffer(static_cast<std::size_t>(std::min<std::int64_t>(left, 1 << 20)));
  while (left > 0) {
    const auto wanted = std::min<std::size_t>(buffer.size(), static_cast<std::size_t>(left));
    const ssize_t got = pread(descriptor, buffer.data(), wanted, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw InputError(path.string() + ": cannot be read: " + (got < 0 ? std::strerror(errno) : "cut off"));
    sum = crc32(sum, buffer.data(), static_cast<uInt>(got));
    at += got;
    left -= got;
  }
  return sum;
}

}  // namespace

std::unique_ptr<ResultsFile> ResultsFile::open(const fs::path& output, const FileDescription& file,
                                               const std::vector<GroupDescription>& groups) {
  std::error_code error;
  const fs::path path = fs::canonical(output, error);
  if (error) throw InputError(output.string() + ": cannot be opened: " + error.message() + ": give a results file");
  auto lock = std::make_unique<WriterLock>(path);
  const std::string status = hdf5::File::open(path).dataset("status").read_text().front();
  if (status == to_string(FileStatus::finished))
    throw InputError(path.string() + ": is finished: nothing is left to be resumed");
  Skeleton skeleton = find_skeleton(path, file, groups);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0)
    throw InputError(path.string() + ": cannot be written: " + std::strerror(errno) +
                     ": give a file where you may write");
  std::unique_ptr<ResultsFile> results(
      new ResultsFile(path, std::move(lock), descriptor, std::move(skeleton), file, groups));
  {
    const hdf5::File input = hdf5::File::open(path);
    for (const GroupDescription& described : groups) {
      const hdf5::Group group = input.group(described.name);
      const std::vector<std::int64_t> valid_rows = group.dataset("valid_rows").read<std::int64_t>();
      const std::vector<std::string> statuses = group.dataset("status").read_text();
      for (std::size_t i = 0; i < described.runs.size(); ++i) {
        Run& run = results->run(static_cast<std::size_t>(described.runs[i].number));
        run.valid_rows = valid_rows[i];
        run.found_status = statuses[i];
        if (run.valid_rows < 0 || run.valid_rows > run.rows)
          hdf5::fail(group.place(), "valid_rows of run " + std::to_string(described.runs[i].number) + " is " +
                                        std::to_string(run.valid_rows) + " of " + std::to_string(run.rows) +
                                        ": the file is damaged");
      }
    }
  }
  results->write_text(results->root_.at("status"), 0, to_string(FileStatus::running));
  results->write_summary(file.cases);
  return results;
}

std::string ResultsFile::found_status(std::size_t number) {
  return run(number).found_status;
}

std::int64_t ResultsFile::valid_rows(std::size_t number) {
  return run(number).valid_rows;
}

void ResultsFile::rewind(std::size_t number, std::int64_t rows) {
  const std::lock_guard guard(mutex_);
  Run& to = run(number);
  if (rows < 0 || rows > to.valid_rows) throw std::logic_error("results file: rewound beyond its rows");
  // The rows behind are blank whenever this is interrupted and done again: they may be more than valid_rows tells.
  write_integer(to.at("valid_rows"), 0, rows);
  to.valid_rows = rows;
  const auto blank = [&](const Slot& slot, std::int64_t first, bool integers) {
    const double number_blank = kNaN;
    const std::int64_t integer_blank = -1;
    std::vector<double> none(4096);
    if (integers)
      for (double& entry : none) std::memcpy(&entry, &integer_blank, sizeof entry);
    else
      std::fill(none.begin(), none.end(), number_blank);
    for (std::int64_t at = first; at < slot.elements; at += static_cast<std::int64_t>(none.size()))
      write_bytes(slot, at, std::min(slot.elements - at, static_cast<std::int64_t>(none.size())), none.data());
  };
  const std::span<const RowColumn> columns = row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Slot slot = to.part(to.group->columns[i]);
    blank(slot, slot.elements / to.group->rows * rows,
          std::holds_alternative<std::int64_t RowValues::*>(columns[i].member));
  }
  for (const Slot& slot : to.parts(to.group->trajectory)) blank(slot, slot.elements / to.group->rows * rows, false);
  write_counters(to, {});
  write_text(to.at("status_message"), 0, "");
  write_text(to.at("status"), 0, to_string(rows > 0 ? RunStatus::running : RunStatus::pending));
  to.running = rows > 0;
}

std::uint32_t ResultsFile::checksum(std::size_t number, std::int64_t rows) {
  const Run& of = run(number);
  uLong sum = crc32(0, nullptr, 0);
  const auto add = [&](const Slot& slot) {
    sum = add_bytes(descriptor_, path_, slot.offset, slot.elements / of.group->rows * rows * slot.element_bytes, sum);
  };
  const std::span<const RowColumn> columns = row_columns();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].late) add(of.part(of.group->columns[i]));
  for (const Slot& slot : of.parts(of.group->trajectory)) add(slot);
  for (const Slot& slot : of.parts(of.group->start))
    sum = add_bytes(descriptor_, path_, slot.offset, slot.elements * slot.element_bytes, sum);
  return static_cast<std::uint32_t>(sum);
}

std::uint32_t ResultsFile::checksum(std::size_t number) {
  const Run& of = run(number);
  std::vector<Slot> slots;
  for (const auto& [name, slot] : of.group->slots)
    if (slot.offset >= 0 && slot.along_runs) slots.push_back(of.part(slot));
  std::ranges::sort(slots, {}, &Slot::offset);
  uLong sum = crc32(0, nullptr, 0);
  for (const Slot& slot : slots)
    sum = add_bytes(descriptor_, path_, slot.offset, slot.elements * slot.element_bytes, sum);
  return static_cast<std::uint32_t>(sum);
}

void ResultsFile::bring_to_disk() {
  if (fdatasync(descriptor_) != 0)
    throw InputError(path_.string() + ": cannot be brought to the disk: " + std::strerror(errno));
}

}  // namespace invar::record
