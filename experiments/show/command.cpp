#include "experiments/show/command.h"

#include <CLI/CLI.hpp>

#include "error.h"

namespace invar {
namespace {

constexpr const char* kHelp = R"(show FILE.h5: prints what a results file says: which law held, in which run?

Without options the tables that drift, accuracy or train printed at its end. Of
a file that is being written, or was left where its program was killed, they show
the runs that had ended.

Options:
  --runs          The runs: number, status, gradients, seconds, and their rows; of
                  accuracy, which records none, the error.
  --law NAME      A law over the runs: query_key, layers.0.attention.query_key, or
                  with * for parts of a name, layers.*.attention.query_key.
  --csv FILE      Writes CSV instead, with all columns and digits: with --runs or
                  --law those, else the summary. '-' is standard output.
  --convert FILE  Writes a results file of an earlier version (schema 1) anew, as
                  this version has them, and shows nothing.
  --force         A file that is written may replace one.
  --help, --version

Exit codes: 0; 2 for what can be mended, as a file that is none; 1 for an error.
)";

/// An option's value where it is given.
void expect_file(const std::string& name, const CLI::Option* option, const std::string& value,
                 const std::string& remedy) {
  if (option->count() > 0 && (value.empty() || value.ends_with('/')))
    throw InputError(name + ": '" + value + "' is no file" + remedy);
}

}  // namespace

ShowCommand read_show_command(int argc, const char* const* argv) {
  ShowCommand command;
  CLI::App app;
  app.set_help_flag();
  bool runs = false, help = false, version = false;
  CLI::Option* file = app.add_option("file", command.file);
  CLI::Option* law = app.add_option("--law", command.law);
  CLI::Option* csv = app.add_option("--csv", command.csv);
  CLI::Option* convert = app.add_option("--convert", command.converted);
  app.add_flag("--runs", runs);
  app.add_flag("--force", command.force);
  app.add_flag("--help,-h", help);
  app.add_flag("--version", version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw InputError(std::string(error.what()) + "; see show --help");
  }
  if (help || version) {
    command.action = help ? ShowCommand::Action::help : ShowCommand::Action::version;
    return command;
  }
  if (file->count() == 0) throw InputError("no file is given; give a results file, for example show results/drift.h5");
  if (runs && law->count() > 0) throw InputError("--runs and --law are two lists; give one of them");
  if (convert->count() > 0 && (runs || law->count() > 0 || csv->count() > 0))
    throw InputError("--convert shows nothing; give it alone, and show what it has written");
  expect_file("--csv", csv, command.csv, "; give its path, or -");
  expect_file("--convert", convert, command.converted, "; give the path of a new file");
  if (command.force && csv->count() == 0 && convert->count() == 0)
    throw InputError("--force: nothing is written; give it with --csv or --convert");
  if (convert->count() > 0)
    command.action = ShowCommand::Action::convert;
  else if (runs)
    command.action = ShowCommand::Action::runs;
  else if (law->count() > 0)
    command.action = ShowCommand::Action::law;
  return command;
}

std::string show_help() {
  return kHelp;
}

}  // namespace invar
