// What every program of the experiments does around its job: command line, actions that only print, errors, exit codes.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "job/exit_code.h"
#include "problem/program.h"

namespace invar {

struct ProgramJob {
  const Program& program;
  /// Runs everything; the table goes to `out`, progress and warnings to `messages`, whose file descriptor tells how.
  JobEnd (*run)(const Configuration& configuration, const std::vector<std::string>& command_line, std::ostream& out,
                std::ostream& messages, int messages_descriptor);
  /// Goes on with the job of a results file; null in a program that cannot.
  JobEnd (*resume)(const Configuration& configuration, std::ostream& out, std::ostream& messages,
                   int messages_descriptor);
  void (*print_dry_run)(std::ostream& out, const Configuration& configuration);
  /// What a device would take; null in a program that does not say.
  void (*print_plan)(std::ostream& out, const Configuration& configuration);
};

/// The exit code: see exit_code.h.
int program_main(const ProgramJob& job, int argc, const char* const* argv);

}  // namespace invar
