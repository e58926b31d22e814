// The command line of `show`.
#pragma once

#include <optional>
#include <string>

namespace invar {

struct ShowCommand {
  enum class Action : std::uint8_t { tables, runs, law, convert, help, version };
  Action action = Action::tables;
  std::string file;
  std::string law;
  std::string csv;        // written instead of a table; "-": standard output, "": not asked for
  std::string converted;  // of --convert
  bool force = false;
};

/// Throws InputError.
ShowCommand read_show_command(int argc, const char* const* argv);

std::string show_help();

}  // namespace invar
