// The results file of a program: created whole before the first step, then filled in place.
//
// All raw data are contiguous and their places known once the skeleton is written (H5Dget_offset). So HDF5 closes the
// file before the first step, and rows go into it with pwrite: at any moment, also after SIGKILL, it is a closed, valid
// HDF5 file that holds every row which valid_rows counts, for valid_rows is written after its rows and nothing is
// buffered in this process. (Writing through H5Dwrite with H5Fflush every few seconds lost: rows younger than the flush
// are gone when the process is killed, and an open file's metadata can be rewritten under a reader.) Full disks are met
// at creation.
//
// A skeleton is written beside the output under NAME.tmp and renamed when complete, so nothing half-written ever bears
// the output's name. One writer at a time: see lock.h. All members may be called from several threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "record/description.h"
#include "record/lock.h"
#include "record/skeleton.h"

namespace invar::record {

enum class ParameterSet : std::uint8_t { start, end };

class ResultsFile {
 public:
  /// Creates missing folders. InputError: the output exists and `force` is not set, is no plain file, is being written,
  /// cannot be created, or does not fit on the disk. Null, and nothing is left, where `stopped` says so: many runs take
  /// seconds.
  static std::unique_ptr<ResultsFile> create(const std::filesystem::path& path, bool force, const FileDescription& file,
                                             const std::vector<GroupDescription>& groups,
                                             const std::function<bool()>& stopped = {});
  /// Goes on with a file that was created with these descriptions and is not finished: it is `running` again, its
  /// summary blank, its runs as they were left. InputError: there is no such file, it is finished, is being written,
  /// cannot be written, or does not have what is described.
  static std::unique_ptr<ResultsFile> open(const std::filesystem::path& path, const FileDescription& file,
                                           const std::vector<GroupDescription>& groups);
  /// A file that was not closed is marked `failed`.
  ~ResultsFile();
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  /// Rows come in order 0, 1, …; an earlier row may be written again. Marks the run as running.
  void write_row(std::size_t run, std::int64_t row, const RowValues& values);
  /// All of θ, in the order of the run's description.
  void write_parameters(std::size_t run, ParameterSet set, std::span<const double> parameters);
  /// The first rows of a column that is known late (prediction, distance), row-major; no other column is touched.
  void write_column(std::size_t run, const std::string& name, std::span<const double> values);
  void write_counters(std::size_t run, const Counters& counters);
  void finish_run(std::size_t run, const RunEnd& end);
  /// Of a run that an error ended; its rows and counters stay as they are.
  void fail_run(std::size_t run, const std::string& message);
  /// The cases of the file's description, in its order, now with their numbers and verdicts; of them `count` from
  /// `first` on.
  void write_summary(std::span<const SummaryCase> cases) { write_summary(cases, 0, cases.size()); }
  void write_summary(std::span<const SummaryCase> cases, std::size_t first, std::size_t count);

  // For resuming.
  /// A run's status when the file was opened; "" in a new one.
  std::string found_status(std::size_t run);
  std::int64_t valid_rows(std::size_t run);
  /// A run is to go on behind its first rows, or, where these are none, to begin anew: what is beyond them is blank as
  /// at creation. Parameters at start and end stay until they are written again.
  void rewind(std::size_t run, std::int64_t rows);
  /// CRC-32 of a run's first rows, without what is known late; of all that the file has of a run. While nobody writes
  /// there.
  std::uint32_t checksum(std::size_t run, std::int64_t rows);
  std::uint32_t checksum(std::size_t run);
  /// What was written so far is on the disk when it returns.
  void bring_to_disk();

  /// Nothing can be written afterwards. The data are on the disk when it returns.
  void close(FileStatus status);

 private:
  struct Group;
  struct Run;
  ResultsFile(std::filesystem::path path, std::unique_ptr<WriterLock> lock, int descriptor, Skeleton skeleton,
              const FileDescription& file, const std::vector<GroupDescription>& groups);

  Run& run(std::size_t number);
  void write_bytes(const Slot& slot, std::int64_t first, std::int64_t count, const void* bytes);
  void write_numbers(const Slot& slot, std::int64_t first, std::span<const double> values);
  void write_integer(const Slot& slot, std::int64_t index, std::int64_t value);
  void write_text(const Slot& slot, std::int64_t index, const std::string& text);
  /// A counter.
  void write_member(const Slot& slot, std::int64_t index, double value);
  void write_member(const Slot& slot, std::int64_t index, std::int64_t value);
  void write_counters(Run& run, const Counters& counters);

  std::mutex mutex_;
  std::filesystem::path path_;
  std::unique_ptr<WriterLock> lock_;
  int descriptor_ = -1;
  Slots root_, summary_;
  std::size_t cases_ = 0;
  std::vector<Run> runs_;
};

}  // namespace invar::record
