// A job of runs, a configuration as a whole: set up, run, judge, write, print.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "job/exit_code.h"
#include "job/study.h"
#include "problem/configuration.h"

namespace invar {

/// Runs everything; the table goes to `out`, progress and warnings to `messages`, whose file descriptor tells how.
/// Throws InputError before anything is written where the configuration cannot be run.
JobEnd run_job(const Study& study, const Configuration& configuration, const std::vector<std::string>& command_line,
               std::ostream& out, std::ostream& messages, int messages_descriptor);

/// Goes on with the job that the output was begun for, whose configuration this is: what it then holds has the bits of
/// a job that was not interrupted, `seconds` aside. Throws InputError where that cannot be.
JobEnd resume_job(const Study& study, const Configuration& configuration, std::ostream& out, std::ostream& messages,
                  int messages_descriptor);

/// One unit of a job.
std::unique_ptr<UnitSetup> set_up(const Study& study, const Configuration& configuration, const Unit& unit,
                                  DataSource& source);

/// Runs, gradients and bytes of the job.
void print_dry_run(const Study& study, std::ostream& out, const Configuration& configuration);

}  // namespace invar
