// The job that a results file was begun for.
#pragma once

#include <string>

#include "problem/configuration.h"

namespace invar {

/// The configuration that the file holds, as TOML text, for this program to go on with. Throws InputError: it is no
/// results file of this program, is finished, or was begun by a program that is not this one to the bit (another
/// version, commit or compiler).
std::string stored_configuration(const std::string& path, const Program& program);

/// What tells of another machine, where roundings may differ: "" on the processor that the file was begun on.
std::string other_processor(const std::string& path);

}  // namespace invar
