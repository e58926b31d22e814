// The command line of a program: options that set the configuration's keys, by the same names, and the actions that do
// something else than run.
#pragma once

#include <string>

#include "problem/configuration.h"

namespace invar {

struct Command {
  enum class Action : std::uint8_t {
    run,
    resume,
    help,
    version,
    list,
    print_config,
    print_block,
    print_parameters,
    dry_run,
    plan
  };
  Action action = Action::run;
  Configuration configuration;  // not read for help, version and list; of `resume` the file's, which is its output
};

/// Throws InputError with everything that is wrong: on the command line, in the file of --config, in the whole.
Command read_command_line(int argc, const char* const* argv, const Program& program);

std::string help_text(const Program& program);

}  // namespace invar
