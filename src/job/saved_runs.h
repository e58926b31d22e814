// What a job saves beside its results file so that it can be resumed bit for bit: of a run at work its state at a row,
// of a run that has ended its outcome, with the reference flow that it filled. A run's file in the folder of
// checkpoints has one of them, with a checksum of what the results file then had of the run, and a mark of the run and
// its job: where these do not agree (the machine ended before all was on the disk, a file was changed, or is another
// run's) the run begins anew.
//
// Saving takes at most about a twentieth of the time, of a run for its states and of the job for waiting for the disk:
// what is saved meanwhile is safe from the end of the program, not from that of the machine.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <vector>

#include "job/progress.h"
#include "problem/configuration.h"
#include "record/checkpoint.h"
#include "record/results_file.h"

namespace invar {

class SavedRuns {
 public:
  using List = record::Checkpoints::List;

  /// For a new file, or one that was opened: then runs without an outcome are rewound to their last state. A mark for
  /// each run.
  SavedRuns(record::ResultsFile& file, const std::filesystem::path& results, std::vector<std::int64_t> marks);
  SavedRuns(const SavedRuns&) = delete;
  SavedRuns& operator=(const SavedRuns&) = delete;

  // What was found.
  bool ended(std::size_t run) const { return found_[run].ended; }
  /// Rows at which the run was saved; 0: it begins anew.
  std::int64_t rows(std::size_t run) const { return found_[run].rows; }
  /// "120 of 220 runs are done, 1 goes on from its row 20, …".
  std::string text() const;
  std::size_t runs_left() const;
  /// Whether anything is saved, found or since, from which a job goes on.
  bool holds_any() const { return saved_any_; }

  // May be called from several threads, for a run by one. What cannot be saved is told once, and the job goes on
  // without.
  void save_state(std::size_t run, std::int64_t rows, const List& list);
  void save_outcome(std::size_t run, const List& list);
  /// What was saved last: throws InputError where it lacks what is listed.
  void load(std::size_t run, const List& list);

  void report_to(ProgressLine& progress) { progress_ = &progress; }
  /// The job is done.
  void remove() { checkpoints_.remove(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Found {
    bool ended = false;
    std::int64_t rows = 0;
    bool disagrees = false;  // what was found is of no use
  };
  Found find(std::size_t run);
  void save(std::size_t run, Found what, const List& list);

  record::ResultsFile& file_;
  record::Checkpoints checkpoints_;
  ProgressLine* progress_ = nullptr;
  std::vector<std::int64_t> marks_;
  std::vector<Found> found_;
  std::vector<Clock::time_point> next_state_;  // of each run, not before
  std::atomic<Clock::time_point> next_sync_{Clock::time_point{}};
  std::atomic<bool> gave_up_{false}, saved_any_{false};
};

/// What sets a run apart from any other of any job: a checksum of the experiment's configuration and of what is said of
/// the run.
std::vector<std::int64_t> run_marks(const Configuration& configuration,
                                    const std::vector<record::GroupDescription>& groups);

}  // namespace invar
