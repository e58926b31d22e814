// Where results come from: program, commit, command line, configuration, compiler, machine.
#pragma once

#include <string>
#include <vector>

#include "problem/configuration.h"
#include "record/description.h"

namespace invar {

/// The description of a results file, without cases.
record::FileDescription provenance(const Configuration& configuration, const std::vector<std::string>& command_line);

std::string version_text();

}  // namespace invar
