// The progress line: runs done, t of T, loss, step, gradients per second, time left; of a training its share of steps,
// and what it takes in a second, of samples or tokens and of operations. Workers only store numbers; a thread of the
// progress's own reads and draws them, at most five times a second on a terminal and now and then as plain lines
// elsewhere, so the loop pays a few stores an update.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace invar {

/// What a line shows.
struct ProgressState {
  std::int64_t done = 0, runs = 0;
  std::string label;  // the run shown
  double time = 0.0, end_time = 0.0, loss = 0.0, step = 0.0;
  double gradients_per_second = 0.0;
  double seconds_left = 0.0;  // NaN: not known yet
  // Of a training, instead of t, step and gradients per second:
  std::string items = {};  // "samples", "tokens"; "": no training
  double share = 0.0;      // of the run's steps
  double items_per_second = 0.0, flops_per_second = 0.0;
};

/// What is known of a run's work before it begins.
struct Work {
  std::int64_t steps = 0;  // 0: as many as it takes, so t tells how far it is
  std::string items = {};  // of a training; "" else
  double items_a_gradient = 0.0, flops_a_gradient = 0.0;
};

/// One line of at most `columns` characters; what has no room is left out, the least needed first.
std::string progress_line(const ProgressState& state, int columns);

/// "45 s", "3 min 20 s", "2 h 05 min", "3 d 04 h".
std::string duration_text(double seconds);

class ProgressLine {
 public:
  enum class Style : std::uint8_t { line, plain, quiet };
  /// What fits a file descriptor: `line` on a terminal, else `plain`.
  static Style style_of(int descriptor, bool quiet);

  /// `weight` (total and of a run): the share of the work, in any unit, for the time left.
  ProgressLine(std::ostream& out, Style style, std::int64_t runs, double total_weight);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  struct Slot;

 public:
  /// A run at work. Counts as done when it goes.
  class Run {
   public:
    Run(Run&&) noexcept;
    Run& operator=(Run&&) = delete;
    ~Run();
    /// Cheap and never blocking; one thread at a time.
    void update(double time, double loss, double step, std::int64_t gradients, std::int64_t steps = 0) noexcept;

   private:
    friend class ProgressLine;
    Run(ProgressLine& progress, std::shared_ptr<Slot> slot) : progress_(&progress), slot_(std::move(slot)) {}
    ProgressLine* progress_;
    std::shared_ptr<Slot> slot_;
  };

  Run begin(std::string label, double end_time, double weight, Work work = {});

  /// A line of its own above the progress line: a run that diverged, a warning. Shown when quiet, too.
  void say(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  void finish(const std::shared_ptr<Slot>& slot);
  void draw_until_stopped();
  ProgressState state(Clock::time_point now);
  void erase_line();

  std::ostream& out_;
  const Style style_;
  const std::int64_t runs_;
  const double total_weight_;
  const Clock::time_point start_ = Clock::now();

  std::mutex mutex_;  // guards all below
  std::condition_variable stopped_;
  bool stop_ = false;
  std::vector<std::shared_ptr<Slot>> active_;
  std::int64_t done_ = 0;
  double done_weight_ = 0.0;
  struct Done {  // by all runs
    double gradients = 0.0, items = 0.0, flops = 0.0;
  };
  Done done_work_;
  std::size_t drawn_ = 0;  // characters of the line on the terminal
  Done last_;
  Clock::time_point last_time_ = start_;
  Done rate_;  // a second

  std::thread thread_;
};

}  // namespace invar
