// A program whose jobs are runs, as job.h does them.
#pragma once

#include "job/job.h"
#include "job/program_main.h"

namespace invar {

template <const Study& (*study)()>
ProgramJob program_of_runs(const Program& program) {
  return {program,
          [](const Configuration& configuration, const std::vector<std::string>& command_line, std::ostream& out,
             std::ostream& messages, int messages_descriptor) {
            return run_job(study(), configuration, command_line, out, messages, messages_descriptor);
          },
          [](const Configuration& configuration, std::ostream& out, std::ostream& messages, int messages_descriptor) {
            return resume_job(study(), configuration, out, messages, messages_descriptor);
          },
          [](std::ostream& out, const Configuration& configuration) { print_dry_run(study(), out, configuration); },
          nullptr};
}

}  // namespace invar
