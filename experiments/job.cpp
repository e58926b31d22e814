#include "experiments/job.h"

#include <iomanip>
#include <ostream>
#include <sstream>

#include "experiments/findings.h"
#include "experiments/provenance.h"
#include "experiments/signals.h"
#include "experiments/summary.h"
#include "experiments/workers.h"
#include "record/plan.h"
#include "record/results_file.h"

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
    return description;
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
        << " MFLOP a gradient in products\n";
  }
}

void run_job(const Configuration& configuration, const std::vector<std::string>& command_line, std::ostream& out,
             std::ostream& messages, int messages_descriptor) {
  Job job(configuration);
  catch_signals();  // until here there is nothing to finish: a signal ends the program
  const auto file =
      record::ResultsFile::create(configuration.output, configuration.force, job.file(command_line), job.runs);
  Outcomes outcomes;
  {
    ProgressLine progress(messages, ProgressLine::style_of(messages_descriptor, configuration.quiet),
                          static_cast<std::int64_t>(job.runs.size()), static_cast<double>(job.runs.size()));
    outcomes = run_all(job.setups, thread_count(configuration), *file, progress);
  }
  const std::vector<Finding> found = findings(job.setups, outcomes);
  fill_summary(job.cases, job.setups, outcomes, found);
  file->write_summary(job.cases);
  file->close(interrupted() ? record::FileStatus::interrupted : record::FileStatus::finished);
  print_verdicts(out, verdict_rows(job.setups, found));
  std::size_t begun = 0;
  for (const auto& unit : outcomes)
    for (const RunOutcome& outcome : unit) begun += outcome.begun ? 1 : 0;
  if (interrupted())
    out << "\ninterrupted: " << begun << " of " << job.runs.size() << " runs had begun; their rows are in the file\n";
  out << "\nresults: " << configuration.output << "\n";
}

}  // namespace invar
