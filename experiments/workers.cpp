#include "experiments/workers.h"

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
  Pool(const std::vector<std::unique_ptr<UnitSetup>>& units, int threads, record::ResultsFile& file,
       ProgressLine& progress)
      : units_(units), file_(file), progress_(progress), references_(units.size()), outcomes_(units.size()) {
    std::size_t runs = 0;
    for (std::size_t u = 0; u < units.size(); ++u) {
      runs += units[u]->runs.size();
      outcomes_[u].resize(units[u]->runs.size());
      const bool has_flow = units[u]->unit->flows > 0;
      const bool predicts = units[u]->configuration->budget != Configuration::Budget::off;
      if (has_flow) references_[u] = std::make_unique<ReferenceFlow>(*units[u], predicts);
      for (std::size_t run = 0; run < (has_flow ? 1 : units[u]->runs.size()); ++run) ready_.push_back({u, run});
    }
    left_ = runs;
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
  void work() {
    std::vector<std::unique_ptr<Measures>> measures(units_.size());  // a thread's own, made at its first run of a unit
    while (true) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !ready_.empty() || left_ == 0 || failure_ || interrupted(); });
      if (ready_.empty() || failure_ || interrupted()) {
        wake_.notify_all();
        return;
      }
      const Task task = ready_.front();
      ready_.pop_front();
      lock.unlock();
      try {
        const UnitSetup& unit = *units_[task.unit];
        if (!measures[task.unit]) measures[task.unit] = std::make_unique<Measures>(unit.problem);
        RunOutcome outcome = execute(unit, task.run, *measures[task.unit], references_[task.unit].get(), file_,
                                     progress_, threads_a_run_);
        lock.lock();
        outcomes_[task.unit][task.run] = std::move(outcome);
        if (task.run == 0 &&
            references_[task.unit])  // at the front: the memory of its reference is then needed no longer
          for (std::size_t run = unit.runs.size(); run-- > 1;) ready_.push_front({task.unit, run});
        --left_;
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure_) failure_ = std::current_exception();
      }
      wake_.notify_all();
    }
  }

  const std::vector<std::unique_ptr<UnitSetup>>& units_;
  record::ResultsFile& file_;
  ProgressLine& progress_;
  std::vector<std::unique_ptr<ReferenceFlow>> references_;
  std::vector<std::vector<RunOutcome>> outcomes_;
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
                                             record::ResultsFile& file, ProgressLine& progress) {
  return Pool(units, threads, file, progress).run();
}

}  // namespace invar
