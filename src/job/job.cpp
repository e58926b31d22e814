#include "job/job.h"

#include <iomanip>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>

#include "job/described_groups.h"
#include "job/provenance.h"
#include "job/signals.h"
#include "job/stored_job.h"
#include "job/summary.h"
#include "job/workers.h"
#include "problem/parameter_list.h"
#include "problem/program.h"
#include "problem/scale.h"
#include "problem/weights.h"
#include "record/plan.h"
#include "record/reader.h"
#include "record/results_file.h"
#include "report/tables.h"
#include "settings/warnings.h"

namespace invar {

std::unique_ptr<UnitSetup> set_up(const Study& study, const Configuration& configuration, const Unit& unit,
                                  DataSource& source) {
  auto setup = std::make_unique<UnitSetup>();
  setup->configuration = &configuration;
  setup->unit = &unit;
  setup->problem = build_problem(configuration, unit, source);
  check_scale(setup->problem, unit.precision);
  study.plan(*setup);
  return setup;
}

namespace {

/// Everything that is known before the first step.
struct Job {
  Job(const Study& about, const Configuration& chosen)
      : study(about), configuration(chosen), units(ladder(chosen)), source(configuration) {
    for (const Unit& unit : units) setups.push_back(set_up(study, configuration, unit, source));
    groups = describe(setups);
    summary.emplace(setups);
  }

  record::FileDescription file(const std::vector<std::string>& command_line) const {
    record::FileDescription description = provenance(configuration, command_line);
    description.cases = summary->cases();
    description.more["experiment"] = std::string(configuration.program->name);
    description.more["tables"] = std::string(configuration.program->tables);
    return description;
  }

  void print_warnings(std::ostream& messages) const {
    Warnings warnings(messages, configuration.program->name);
    for (const auto& setup : setups) warnings.print(setup->problem.block.warnings);
  }

  const Study& study;
  const Configuration& configuration;
  std::vector<Unit> units;
  DataSource source;
  std::vector<std::unique_ptr<UnitSetup>> setups;
  std::vector<record::GroupDescription> groups;
  std::optional<JobSummary> summary;
};

}  // namespace

void print_dry_run(const Study& study, std::ostream& out, const Configuration& configuration) {
  const Job job(study, configuration);
  std::int64_t prescribed = 0, flows = 0;
  for (const auto& setup : job.setups)
    for (const RunSetup& run : setup->runs) {
      prescribed += prescribed_gradients(run);
      flows += run.schedule ? 0 : 1;
    }
  out << "units      " << job.units.size() << "\n"
      << "runs       " << record::run_count(job.groups) << ", " << flows << " of them flows\n"
      << "gradients  " << prescribed << " of GD and SGD; those of a flow depend on what its steps meet\n"
      << "bytes      " << record::file_bytes(job.file({}), job.groups) << "\n";
  for (const auto& setup : job.setups) {
    const Problem& problem = setup->problem;
    out << setup->unit->label << ": " << problem.block.parameters.size() << " parameters, " << setup->components()
        << " components of laws, " << problem.samples.count << " samples, " << std::setprecision(3)
        << problem.plans.gradient->flops_per_sample * static_cast<double>(problem.samples.count) * 1e-6
        << " MFLOP a gradient in products, " << loss_reason(configuration, problem) << "\n";
  }
}

namespace {

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
    const auto ended = [&](std::size_t unit, std::size_t run, const RunOutcome& outcome) {
      job.summary->end_run(unit, run, outcome, file);
    };
    outcomes = run_all(job.setups, {job.study, file, saved, progress, thread_count(configuration)}, ended);
  }
  const bool stopped = interrupted();  // from here on nothing is left out
  job.study.conclude(job.setups, outcomes, !stopped, *job.summary, file);
  file.write_summary(job.summary->cases());
  file.close(stopped ? record::FileStatus::interrupted : record::FileStatus::finished);
  if (!stopped) saved.remove();  // after the file: a finished one needs none
  print_tables(out, record::Reader(configuration.output));
  JobEnd end;
  for (const auto& unit : outcomes)
    for (const RunOutcome& outcome : unit) {
      end.runs += outcome.begun ? 1 : 0;
      end.lost += outcome.begun && lost(outcome.summary.end) ? 1 : 0;
    }
  end.signal = stopped ? interruption().load() : 0;
  end.can_go_on = saved.holds_any();
  if (stopped)
    out << "\ninterrupted: " << end.runs << " of " << record::run_count(job.groups)
        << " runs had begun; their rows are in the file\n"
        << (end.can_go_on ? "to go on: " : "no run's end or checkpoint is saved; to begin anew: ")
        << configuration.program->name << " --resume " << configuration.output << "\n";
  out << "\nresults: " << configuration.output << "\n";
  return end;
}

}  // namespace

JobEnd run_job(const Study& study, const Configuration& configuration, const std::vector<std::string>& command_line,
               std::ostream& out, std::ostream& messages, int messages_descriptor) {
  const ReadLog read;
  Job job(study, configuration);
  job.print_warnings(messages);
  if (!configuration.save_weights.empty()) {
    make_weights_folder(configuration.save_weights);
    expect_weights_replaceable(configuration, record::run_count(job.groups), read);
  }
  read.expect_unread(configuration.output);
  say_loss(job, messages);
  catch_signals();  // until here there is nothing to finish: a signal ends the program
  const auto file = record::ResultsFile::create(configuration.output, configuration.force, job.file(command_line),
                                                job.groups, [] { return interruption() != 0; });
  if (!file) {
    out << "interrupted before the file was made: nothing is written\n";
    return {.signal = interruption()};
  }
  SavedRuns saved(*file, configuration.output, run_marks(configuration, job.groups));
  return complete(job, *file, saved, out, messages, messages_descriptor);
}

JobEnd resume_job(const Study& study, const Configuration& configuration, std::ostream& out, std::ostream& messages,
                  int messages_descriptor) {
  Job job(study, configuration);
  job.print_warnings(messages);
  if (!configuration.save_weights.empty()) make_weights_folder(configuration.save_weights);
  if (const std::string warning = other_processor(configuration.output); !warning.empty())
    messages << configuration.program->name << ": " << configuration.output << ": " << warning << "\n";
  catch_signals();
  const auto file = record::ResultsFile::open(configuration.output, job.file({}), job.groups);
  SavedRuns saved(*file, configuration.output, run_marks(configuration, job.groups));
  out << "resumes " << configuration.output << ": " << saved.text() << std::endl;
  return complete(job, *file, saved, out, messages, messages_descriptor);
}

}  // namespace invar
