#include "experiments/accuracy/job.h"

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <ostream>
#include <thread>

#include "error.h"
#include "experiments/accuracy/file.h"
#include "experiments/accuracy/keys.h"
#include "experiments/accuracy/results.h"
#include "job/execute.h"
#include "job/provenance.h"
#include "job/signals.h"
#include "job/workers.h"
#include "problem/parameter_list.h"
#include "problem/program.h"
#include "read_log.h"
#include "record/reader.h"
#include "report/tables.h"
#include "settings/warnings.h"

namespace invar {
namespace {

/// task(0) … task(count − 1) over threads, until one throws or a signal comes.
void spread(std::size_t count, int threads, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !interrupted(); i = next++) {
      try {
        task(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads && static_cast<std::size_t>(i) < count; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

class AccuracyJob {
 public:
  AccuracyJob(const AccuracySetup& setup, ProgressLine& progress) : setup_(setup), progress_(progress) {
    results_.references.resize(setup.references.size());
    results_.families.resize(setup.families.size());
    for (std::size_t f = 0; f < setup.families.size(); ++f) {
      const std::vector<AccuracyRun>& runs = setup.families[f].runs;
      results_.families[f].runs.resize(runs.size());
      for (std::size_t run = 0; run < runs.size(); ++run)
        runs_.push_back({&runs[run], &results_.families[f].runs[run]});
    }
  }

  /// False where a signal came before the references were complete: then there is nothing to be kept.
  bool run(int threads) {
    spread(setup_.references.size(), threads, [this](std::size_t i) { run_reference(i); });
    if (interrupted()) return false;
    for (const Pair& pair : runs_) {  // one at a time: they are timed
      if (interrupted()) break;
      run_timed(pair);
    }
    spread(runs_.size(), threads, [this](std::size_t i) { watch_laws(runs_[i]); });
    judge(setup_, results_);
    return true;
  }

  AccuracyResults take_results() { return std::move(results_); }

 private:
  struct Pair {
    const AccuracyRun* run;
    AccuracyOutcome* outcome;
  };

  ProgressLine::Run begin(const std::string& text) const {
    return progress_.begin(text, required_time(setup_.problem), 1.0);
  }

  void run_reference(std::size_t number) {
    const AccuracyRun& run = setup_.references[number];
    ProgressLine::Run shown = begin("reference " + run.text());
    Integration found = integrate(setup_, run, Purpose::reference, {}, shown);
    if (found.summary.end != End::completed && found.summary.end != End::interrupted)
      throw InputError("reference-methods: " + run.text() + ": " + found.summary.text +
                       "; give another method, a larger --reference-rtol or a shorter --time");
    AccuracyOutcome& outcome = results_.references[number];
    outcome.begun = true;
    outcome.seconds = found.summary.seconds;
    outcome.summary = std::move(found.summary);
    outcome.end = std::move(found.end);
  }

  void run_timed(const Pair& pair) {
    ProgressLine::Run shown = begin(pair.run->text());
    AccuracyOutcome& outcome = *pair.outcome;
    for (std::int64_t i = 0; i < keys_of<AccuracyKeys>(*setup_.configuration).repetitions; ++i) {
      Integration found = integrate(setup_, *pair.run, Purpose::timing, limits_of(*setup_.configuration), shown);
      if (i > 0 && found.summary.end != End::completed) return;  // interrupted: the first one stands
      if (i == 0) {
        outcome.begun = true;
        outcome.summary = std::move(found.summary);
        outcome.end = std::move(found.end);
        if (!outcome.completed()) break;
        outcome.seconds = outcome.summary.seconds;
      } else {
        outcome.seconds = std::min(outcome.seconds, found.summary.seconds);
      }
    }
    if (!outcome.completed() && !interrupted()) progress_.say(pair.run->text() + ": " + outcome.summary.text);
  }

  /// The same steps once more, by a run that is as long as it takes.
  void watch_laws(const Pair& pair) {
    if (!pair.outcome->completed()) return;
    ProgressLine::Run shown = begin("laws: " + pair.run->text());
    Integration found = integrate(setup_, *pair.run, Purpose::laws, {}, shown);
    if (found.summary.end == End::completed) pair.outcome->laws = std::move(found.laws);
  }

  const AccuracySetup& setup_;
  ProgressLine& progress_;
  AccuracyResults results_;
  std::vector<Pair> runs_;
};

}  // namespace

void print_accuracy_dry_run(std::ostream& out, const Configuration& configuration) {
  const auto setup = set_up_accuracy(configuration);
  out << "references  " << setup->references.front().text() << ", " << setup->references.back().text() << "\n"
      << "runs        " << setup->runs() << ", timed " << keys_of<AccuracyKeys>(configuration).repetitions
      << " times each, and once more for the laws\n"
      << "parameters  " << setup->problem.block.parameters.size() << "\n"
      << "laws        " << setup->laws.size() << "\n"
      << "samples     " << setup->problem.samples.count << ": " << setup->problem.data << "\n"
      << "loss        " << loss_reason(configuration, setup->problem) << "\n";
  for (const MethodFamily& family : setup->families)
    for (const AccuracyRun& run : family.runs)
      if (run.schedule) out << run.text() << ": " << run.schedule->steps() << " steps\n";
}

JobEnd run_accuracy_job(const Configuration& configuration, const std::vector<std::string>& command_line,
                        std::ostream& out, std::ostream& messages, int messages_descriptor) {
  const ReadLog read;
  const auto setup = set_up_accuracy(configuration);
  read.expect_unread(configuration.output);
  Warnings(messages, configuration.program->name).print(setup->problem.block.warnings);
  const record::WholeFile file(configuration.output, configuration.force);
  catch_signals();  // until here there is nothing to finish: a signal ends the program
  const auto total = static_cast<std::int64_t>(setup->references.size() + 2 * setup->runs());
  bool complete = false;
  AccuracyResults results;
  {
    ProgressLine progress(messages, ProgressLine::style_of(messages_descriptor, configuration.quiet), total,
                          static_cast<double>(total));
    AccuracyJob job(*setup, progress);
    complete = job.run(thread_count(configuration));
    results = job.take_results();
  }
  if (!complete) {
    out << "interrupted before the reference was complete: nothing is written\n";
    return {.signal = interruption()};
  }
  write_accuracy(file, provenance(configuration, command_line), *setup, results);
  print_tables(out, record::Reader(configuration.output));
  if (interrupted()) out << "\ninterrupted: what had come to its end is in the file\n";
  out << "\nresults: " << configuration.output << "\n";
  JobEnd end;
  for (const FamilyResults& family : results.families)
    for (const AccuracyOutcome& outcome : family.runs) {
      end.runs += outcome.begun ? 1 : 0;
      end.lost += outcome.begun && lost(outcome.summary.end) ? 1 : 0;
    }
  end.signal = interruption();
  return end;
}

}  // namespace invar
