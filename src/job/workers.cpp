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
  Pool(const std::vector<std::unique_ptr<UnitSetup>>& units, const Execution& job, const RunEnded& ended)
      : units_(units),
        job_(job),
        ended_(ended),
        studies_(units.size()),
        outcomes_(units.size()),
        left_of_(units.size()) {
    for (std::size_t u = 0; u < units.size(); ++u) {
      outcomes_[u].resize(units[u]->runs.size());
      studies_[u] = job.study.of_unit(*units[u]);
      const bool first = studies_[u]->first_goes_ahead();
      for (std::size_t run = 0; run < units[u]->runs.size(); ++run) {
        if (job.saved.ended(number(u, run)))
          load(u, run);
        else
          ++left_of_[u];
      }
      left_ += left_of_[u];
      const std::vector<Task> others = rest(u, first ? 1 : 0);
      if (left_of_[u] == 0) studies_[u].reset();
      if (first && !job.saved.ended(number(u, 0)))
        ready_.push_back({u, 0});
      else
        ready_.insert(ready_.end(), others.begin(), others.end());
    }
    const std::size_t runs = left_;
    const int threads = job.threads;
    workers_ = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, threads)), std::max<std::size_t>(1, runs));
    job_.threads = std::max(1, threads / static_cast<int>(workers_));
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

  /// A unit's runs that are to be done, from one on.
  std::vector<Task> rest(std::size_t unit, std::size_t from) const {
    std::vector<Task> tasks;
    for (std::size_t run = from; run < units_[unit]->runs.size(); ++run)
      if (!job_.saved.ended(number(unit, run))) tasks.push_back({unit, run});
    return tasks;
  }

  void load(std::size_t unit, std::size_t run) {
    job_.saved.load(number(unit, run), [&](Archive& archive) {
      archive("outcome", outcomes_[unit][run]);
      if (run == 0) studies_[unit]->archive_first(archive);
    });
    ended_(unit, run, outcomes_[unit][run]);
  }

  /// In the file, of the run whose error is being handled.
  void say_why(std::size_t run) {
    try {
      try {
        throw;
      } catch (const std::exception& error) {
        job_.file.fail_run(run, error.what());
      }
    } catch (...) {  // a file that takes no more: the error itself is reported
    }
  }

  void work() {
    std::vector<std::unique_ptr<ThreadState>> own(units_.size());  // made at its first run of a unit
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] {
        for (std::size_t u = 0; u < own.size(); ++u)
          if (left_of_[u] == 0) own[u].reset();
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
        RunOutcome outcome = execute(job_, unit, task.run, *studies_[task.unit], own[task.unit]);
        lock.lock();
        outcomes_[task.unit][task.run] = std::move(outcome);
        ended_(task.unit, task.run, outcomes_[task.unit][task.run]);
        if (task.run == 0 && studies_[task.unit]->first_goes_ahead()) {
          // At the front: the memory of what the first has left is then needed no longer.
          const std::vector<Task> tasks = rest(task.unit, 1);
          ready_.insert(ready_.begin(), tasks.begin(), tasks.end());
        }
        --left_;
        if (--left_of_[task.unit] == 0) studies_[task.unit].reset();
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure_) failure_ = std::current_exception();
        say_why(number(task.unit, task.run));
      }
      wake_.notify_all();
    }
  }

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  Execution job_;
  const RunEnded& ended_;
  std::vector<std::unique_ptr<UnitStudy>> studies_;  // while their units have runs to do
  std::vector<std::vector<RunOutcome>> outcomes_;
  std::vector<std::size_t> left_of_;  // runs of each unit: what only they need is freed after the last
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> ready_;
  std::size_t left_ = 0, workers_ = 1;
  std::exception_ptr failure_;
};

}  // namespace

int thread_count(const Configuration& configuration) {
  if (configuration.threads > 0) return static_cast<int>(configuration.threads);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Outcomes run_all(const std::vector<std::unique_ptr<UnitSetup>>& units, const Execution& job, const RunEnded& ended) {
  return Pool(units, job, ended).run();
}

}  // namespace invar
