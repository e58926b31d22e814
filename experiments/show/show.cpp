// show: what a results file says, as tables, lists and CSV; files of earlier versions as this one has them.
#include <fstream>
#include <iostream>
#include <sstream>

#include "error.h"
#include "experiments/show/command.h"
#include "experiments/show/convert.h"
#include "job/guarded_main.h"
#include "job/provenance.h"
#include "record/output_path.h"
#include "report/listing.h"
#include "report/tables.h"

namespace invar {
namespace {

/// Of a job that is not done, on standard error: what is printed is then not its end.
void say_state(const record::Reader& results) {
  if (results.status() == "finished" || results.runs().empty()) return;
  std::size_t ended = 0;
  for (const record::RunState& run : results.runs())
    ended += run.status != "pending" && run.status != "running" && run.status != "interrupted" ? 1 : 0;
  std::cerr << "show: " << results.path().string() << ": "
            << (results.status() == "running" ? "is being written, or was left where its program was killed"
                                              : "is marked " + results.status())
            << ": " << ended << " of " << results.runs().size() << " runs have ended; the verdicts are "
            << (results.status() == "running" ? "yet to come" : "those of them") << "\n";
}

/// Whole or not at all.
void write_text(const std::filesystem::path& output, bool force, const std::string& text) {
  const std::filesystem::path path = record::prepared_output(output);
  record::expect_replaceable(path, force);
  const std::filesystem::path temporary = path.string() + ".tmp";
  std::error_code error;
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  if (file) std::filesystem::rename(temporary, path, error);
  if (file && !error) return;
  std::filesystem::remove(temporary, error);
  throw InputError(output.string() + ": cannot be written: choose another file, or free some space");
}

void write_listing(const ShowCommand& command, const Listing& listing) {
  if (command.csv.empty()) return print_listing(std::cout, listing);
  if (command.csv == "-") return write_csv(std::cout, listing);
  std::ostringstream text;
  write_csv(text, listing);
  write_text(command.csv, command.force, text.str());
}

/// Whatever --force says: what is shown stays.
void expect_other(const std::string& input, const std::string& output) {
  std::error_code error;  // one of them is not there
  if (!output.empty() && std::filesystem::equivalent(input, output, error))
    throw InputError(output + ": is the file that is read; give another one to be written");
}

int show(const ShowCommand& command) {
  using Action = ShowCommand::Action;
  if (command.action == Action::help) {
    std::cout << show_help();
    return EXIT_SUCCESS;
  }
  if (command.action == Action::version) {
    std::cout << version_text();
    return EXIT_SUCCESS;
  }
  expect_other(command.file, command.csv);
  expect_other(command.file, command.converted);
  if (command.action == Action::convert) {
    convert_results(command.file, command.converted, command.force);
    return EXIT_SUCCESS;
  }
  const record::Reader results(command.file);
  say_state(results);
  if (command.action == Action::runs)
    write_listing(command, list_runs(results));
  else if (command.action == Action::law)
    write_listing(command, list_law(results, command.law));
  else if (!command.csv.empty())
    write_listing(command, list_summary(results));
  else
    print_tables(std::cout, results);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace invar

int main(int argc, char** argv) {
  return invar::guarded_main("show", [&] { return invar::show(invar::read_show_command(argc, argv)); });
}
