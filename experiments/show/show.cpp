// show: what a results file says, as tables, lists and CSV; files of earlier versions as this one has them.
#include <iostream>
#include <sstream>

#include "behind_links.h"
#include "error.h"
#include "experiments/show/command.h"
#include "experiments/show/convert.h"
#include "job/guarded_main.h"
#include "job/provenance.h"
#include "record/whole_file.h"
#include "report/listing.h"
#include "report/tables.h"

namespace invar {
namespace {

void write_listing(const ShowCommand& command, const Listing& listing) {
  if (command.csv.empty()) return print_listing(std::cout, listing);
  if (command.csv == "-") return write_csv(std::cout, listing);
  std::ostringstream text;
  write_csv(text, listing);
  record::WholeFile(command.csv, command.force).write_text(text.str());
}

/// Whatever --force says: what is shown stays, also where its name is one that belongs to the output while it is
/// written.
void expect_other(const std::string& input, const std::string& output) {
  for (const char* own : {"", ".tmp", ".lock"}) {
    std::error_code error;  // one of them is not there
    if (!output.empty() && std::filesystem::equivalent(input, behind_links(output).string() + own, error))
      throw InputError(output + own + ": is the file that is read; give another one to be written");
  }
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
  // On standard error: what is printed is then not the end.
  if (const std::string text = unfinished_text(results); !text.empty())
    std::cerr << "show: " << results.path().string() << ": " << text << "\n";
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
