#include "job/workers.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

namespace invar {
namespace {

struct Task {
  std::size_t unit = 0, run = 0;
};

class Pool {
 public:
  Pool(const std::vector<std::unique_ptr<UnitSetup>>& units, int threads, record::ResultsFile& file, SavedRuns& saved,
       ProgressLine& progress, const RunEnded& ended)
      : units_(units),
        ended_(ended),
        file_(file),
        saved_(saved),
        progress_(progress),
        references_(units.size()),
        outcomes_(units.size()),
        left_of_(units.size()) {
    for (std::size_t u = 0; u < units.size(); ++u) {
      outcomes_[u].resize(units[u]->runs.size());
      const bool has_flow = units[u]->unit->flows > 0;
      const bool predicts = units[u]->configuration->budget != Configuration::Budget::off;
      if (has_flow) references_[u] = std::make_unique<ReferenceFlow>(*units[u], predicts);
      for (std::size_t run = 0; run < units[u]->runs.size(); ++run) {
        if (saved.ended(number(u, run)))
          load(u, run);
        else
          ++left_of_[u];
      }
      left_ += left_of_[u];
      if (left_of_[u] == 0) references_[u].reset();
      if (has_flow && !saved.ended(number(u, 0)))
        ready_.push_back({u, 0});
      else
        for (const Task& task : comparisons(u)) ready_.push_back(task);
    }
    const std::size_t runs = left_;
    workers_ = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), std::max<std::size_t>(1, runs));
    threads_a_run_ = std::max(1, threads / static_cast<int>(workers_));
  }

  std::vector<std::vector<RunOutcome>> run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < workers_; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return std::move(outcomes_);
  }

 private:
  std::size_t number(std::size_t unit, std::size_t run) const {
    return static_cast<std::size_t>(units_[unit]->runs[run].run->number);
  }

  /// A unit's runs that are to be done, its reference flow aside.
  std::vector<Task> comparisons(std::size_t unit) const {
    std::vector<Task> tasks;
    for (std::size_t run = units_[unit]->unit->flows > 0 ? 1 : 0; run < units_[unit]->runs.size(); ++run)
      if (!saved_.ended(number(unit, run))) tasks.push_back({unit, run});
    return tasks;
  }

  void load(std::size_t unit, std::size_t run) {
    saved_.load(number(unit, run), [&](Archive& archive) {
      archive("outcome", outcomes_[unit][run]);
      if (run == 0 && references_[unit]) archive("reference", *references_[unit]);
    });
    ended_(unit, run, outcomes_[unit][run]);
  }

  /// In the file, of the run whose error is being handled.
  void say_why(std::size_t run) {
    try {
      try {
        throw;
      } catch (const std::exception& error) {
        file_.fail_run(run, error.what());
      }
    } catch (...) {  // a file that takes no more: the error itself is reported
    }
  }

  void work() {
    std::vector<std::unique_ptr<Measures>> measures(units_.size());  // a thread's own, made at its first run of a unit
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] {
        for (std::size_t u = 0; u < measures.size(); ++u)
          if (left_of_[u] == 0) measures[u].reset();
        return !ready_.empty() || left_ == 0 || failure_ || interrupted();
      });
      if (ready_.empty() || failure_ || interrupted()) {
        wake_.notify_all();
        return;
      }
      const Task task = ready_.front();
      ready_.pop_front();
      lock.unlock();
      try {
        const UnitSetup& unit = *units_[task.unit];
        RunOutcome outcome = execute(unit, task.run, measures[task.unit], references_[task.unit].get(), file_, saved_,
                                     progress_, threads_a_run_);
        lock.lock();
        outcomes_[task.unit][task.run] = std::move(outcome);
        ended_(task.unit, task.run, outcomes_[task.unit][task.run]);
        if (task.run == 0 && references_[task.unit]) {
          // At the front: the memory of its reference is then needed no longer.
          const std::vector<Task> tasks = comparisons(task.unit);
          ready_.insert(ready_.begin(), tasks.begin(), tasks.end());
        }
        --left_;
        if (--left_of_[task.unit] == 0) references_[task.unit].reset();
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure_) failure_ = std::current_exception();
        say_why(number(task.unit, task.run));
      }
      wake_.notify_all();
    }
  }

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  const RunEnded& ended_;
  record::ResultsFile& file_;
  SavedRuns& saved_;
  ProgressLine& progress_;
  std::vector<std::unique_ptr<ReferenceFlow>> references_;
  std::vector<std::vector<RunOutcome>> outcomes_;
  std::vector<std::size_t> left_of_;  // runs of each unit: what only they need is freed after the last
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> ready_;
  std::size_t left_ = 0, workers_ = 1;
  int threads_a_run_ = 1;
  std::exception_ptr failure_;
};

}  // namespace

int thread_count(const Configuration& configuration) {
  if (configuration.threads > 0) return static_cast<int>(configuration.threads);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::vector<std::vector<RunOutcome>> run_all(const std::vector<std::unique_ptr<UnitSetup>>& units, int threads,
                                             record::ResultsFile& file, SavedRuns& saved, ProgressLine& progress,
                                             const RunEnded& ended) {
  return Pool(units, threads, file, saved, progress, ended).run();
}

}  // namespace invar
