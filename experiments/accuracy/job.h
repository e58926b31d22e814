// The job of `accuracy`, a configuration as a whole: set up, reference, timed runs, runs that watch the laws, file,
// table.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "job/exit_code.h"
#include "problem/configuration.h"

namespace invar {

/// As run_job of `drift`. The results file appears whole or not at all.
JobEnd run_accuracy_job(const Configuration& configuration, const std::vector<std::string>& command_line,
                        std::ostream& out, std::ostream& messages, int messages_descriptor);

void print_accuracy_dry_run(std::ostream& out, const Configuration& configuration);

}  // namespace invar
