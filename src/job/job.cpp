#include "job/job.h"

#include <iomanip>
#include <ostream>
#include <set>
#include <sstream>

#include "job/cells.h"
#include "job/findings.h"
#include "job/provenance.h"
#include "job/signals.h"
#include "job/stored_job.h"
#include "job/summary.h"
#include "job/training_table.h"
#include "job/workers.h"
#include "problem/parameter_list.h"
#include "problem/program.h"
#include "problem/weights.h"
#include "record/plan.h"
#include "record/results_file.h"
#include "settings/warnings.h"

namespace invar {
namespace {

/// Everything that is known before the first step.
struct Job {
  explicit Job(const Configuration& chosen) : configuration(chosen), units(ladder(chosen)), source(configuration) {
    for (const Unit& unit : units) setups.push_back(set_up(configuration, unit, source));
    for (const auto& setup : setups)
      for (std::size_t run = 0; run < setup->runs.size(); ++run) runs.push_back(describe(*setup, run));
    cases = summary_cases(setups);
  }

  record::FileDescription file(const std::vector<std::string>& command_line) const {
    record::FileDescription description = provenance(configuration, command_line);
    description.cases = cases;
    description.more["experiment"] = std::string(configuration.program->name);
    return description;
  }

  void print_warnings(std::ostream& messages) const {
    Warnings warnings(messages, configuration.program->name);
    for (const auto& setup : setups) warnings.print(setup->problem.block.warnings);
  }

  const Configuration& configuration;
  std::vector<Unit> units;
  DataSource source;
  std::vector<std::unique_ptr<UnitSetup>> setups;
  std::vector<record::RunDescription> runs;
  std::vector<record::SummaryCase> cases;
};

}  // namespace

void print_dry_run(std::ostream& out, const Configuration& configuration) {
  const Job job(configuration);
  std::int64_t prescribed = 0, flows = 0;
  for (const auto& setup : job.setups)
    for (const RunSetup& run : setup->runs) {
      prescribed += prescribed_gradients(run);
      flows += run.schedule ? 0 : 1;
    }
  out << "units      " << job.units.size() << "\n"
      << "runs       " << job.runs.size() << ", " << flows << " of them flows\n"
      << "gradients  " << prescribed << " of GD and SGD; those of a flow depend on what its steps meet\n"
      << "bytes      " << record::file_bytes(job.file({}), job.runs) << "\n";
  for (const auto& setup : job.setups) {
    const Problem& problem = setup->problem;
    out << setup->unit->label << ": " << problem.block.parameters.size() << " parameters, " << setup->components()
        << " components of laws, " << problem.samples.count << " samples, " << std::setprecision(3)
        << problem.plans.gradient->flops_per_sample * static_cast<double>(problem.samples.count) * 1e-6
        << " MFLOP a gradient in products, " << loss_reason(configuration, problem) << "\n";
  }
}

namespace {

/// What the next flow of a unit says of the first, the reference, and of flows that are the same one: at the end, for a
/// run that has ended is not written to any more.
void write_reference_errors(const Job& job, const Outcomes& outcomes, record::ResultsFile& file) {
  for (std::size_t u = 0; u < job.setups.size(); ++u) {
    const UnitSetup& unit = *job.setups[u];
    if (unit.unit->flows < 2) continue;
    std::size_t next = 1;
    while (next < unit.unit->flows && same_flow(outcomes[u][next], outcomes[u][0])) ++next;
    const std::vector<double> unknown(outcomes[u][1].flow_error.size(), std::numeric_limits<double>::quiet_NaN());
    const std::vector<double>& errors = next < unit.unit->flows ? outcomes[u][next].flow_error : unknown;
    for (std::size_t same = 0; same < unit.unit->flows; ++same)
      if (same == 0 || same_flow(outcomes[u][same], outcomes[u][0]))
        file.write_column(static_cast<std::size_t>(unit.runs[same].run->number), "flow_error", errors);
  }
}

/// Which runs diverged or stalled, below the table.
void print_lost(std::ostream& out, const Job& job, const Outcomes& outcomes) {
  constexpr std::size_t kMostTold = 10;
  std::vector<std::string> lines;
  for (std::size_t u = 0; u < job.setups.size(); ++u)
    for (std::size_t r = 0; r < outcomes[u].size(); ++r) {
      const RunOutcome& outcome = outcomes[u][r];
      if (outcome.begun && lost(outcome.summary.end))
        lines.push_back(std::string(to_string(outcome.summary.end)) + " at step " +
                        std::to_string(outcome.summary.steps) + ": " + job.setups[u]->unit->label + ", " +
                        job.setups[u]->unit->runs[r].text());
    }
  if (lines.empty()) return;
  out << "\n" << lines.size() << " of " << job.runs.size() << " runs came to no end:\n";
  for (std::size_t i = 0; i < std::min(lines.size(), kMostTold); ++i) out << "  " << shortened(lines[i], 78) << "\n";
  if (lines.size() > kMostTold) out << "  and " << lines.size() - kMostTold << " more\n";
}

/// What nobody asked for by name is said: the loss, once where it is the same for all.
void say_loss(const Job& job, std::ostream& messages) {
  if (job.configuration.quiet || job.configuration.loss != Configuration::Loss::automatic) return;
  std::set<std::string> said;
  for (const auto& setup : job.setups) {
    const std::string loss = loss_reason(job.configuration, setup->problem);
    if (said.insert(loss).second) messages << "loss: " << loss << "\n";
  }
}

/// All runs that are left, the verdicts over all, and the end of the file.
JobEnd complete(Job& job, record::ResultsFile& file, SavedRuns& saved, std::ostream& out, std::ostream& messages,
                int messages_descriptor) {
  const Configuration& configuration = job.configuration;
  Outcomes outcomes;
  {
    const std::size_t left = saved.runs_left();
    ProgressLine progress(messages, ProgressLine::style_of(messages_descriptor, configuration.quiet),
                          static_cast<std::int64_t>(left), static_cast<double>(left));
    saved.report_to(progress);
    outcomes = run_all(job.setups, thread_count(configuration), file, saved, progress);
  }
  const bool stopped = interrupted();  // from here on nothing is left out
  if (!stopped) write_reference_errors(job, outcomes, file);
  const bool judges = configuration.program->follows_time;
  const std::vector<Finding> found = judges ? findings(job.setups, outcomes) : std::vector<Finding>{};
  fill_summary(job.cases, job.setups, outcomes, found);
  file.write_summary(job.cases);
  file.close(stopped ? record::FileStatus::interrupted : record::FileStatus::finished);
  if (!stopped) saved.remove();  // after the file: a finished one needs none
  if (judges)
    print_verdicts(out, verdict_rows(job.setups, found));
  else
    print_training(out, job.setups, outcomes);
  print_lost(out, job, outcomes);
  JobEnd end;
  for (const auto& unit : outcomes)
    for (const RunOutcome& outcome : unit) {
      end.runs += outcome.begun ? 1 : 0;
      end.lost += outcome.begun && lost(outcome.summary.end) ? 1 : 0;
    }
  end.signal = stopped ? interruption().load() : 0;
  end.can_go_on = saved.holds_any();
  if (stopped)
    out << "\ninterrupted: " << end.runs << " of " << job.runs.size() << " runs had begun; their rows are in the file\n"
        << (end.can_go_on ? "to go on: " : "no run's end or checkpoint is saved; to begin anew: ")
        << configuration.program->name << " --resume " << configuration.output << "\n";
  out << "\nresults: " << configuration.output << "\n";
  return end;
}

}  // namespace

JobEnd run_job(const Configuration& configuration, const std::vector<std::string>& command_line, std::ostream& out,
               std::ostream& messages, int messages_descriptor) {
  const ReadLog read;
  Job job(configuration);
  job.print_warnings(messages);
  if (!configuration.save_weights.empty()) {
    make_weights_folder(configuration.save_weights);
    expect_weights_replaceable(configuration, job.runs.size(), read);
  }
  read.expect_unread(configuration.output);
  say_loss(job, messages);
  catch_signals();  // until here there is nothing to finish: a signal ends the program
  const auto file = record::ResultsFile::create(configuration.output, configuration.force, job.file(command_line),
                                                job.runs, [] { return interruption() != 0; });
  if (!file) {
    out << "interrupted before the file was made: nothing is written\n";
    return {.signal = interruption()};
  }
  SavedRuns saved(*file, configuration.output, run_marks(configuration, job.runs));
  return complete(job, *file, saved, out, messages, messages_descriptor);
}

JobEnd resume_job(const Configuration& configuration, std::ostream& out, std::ostream& messages,
                  int messages_descriptor) {
  Job job(configuration);
  job.print_warnings(messages);
  if (!configuration.save_weights.empty()) make_weights_folder(configuration.save_weights);
  if (const std::string warning = other_processor(configuration.output); !warning.empty())
    messages << configuration.program->name << ": " << configuration.output << ": " << warning << "\n";
  catch_signals();
  const auto file = record::ResultsFile::open(configuration.output, job.file({}), job.runs);
  SavedRuns saved(*file, configuration.output, run_marks(configuration, job.runs));
  out << "resumes " << configuration.output << ": " << saved.text() << std::endl;
  return complete(job, *file, saved, out, messages, messages_descriptor);
}

}  // namespace invar
