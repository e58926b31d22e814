#include "report/tables.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "error.h"
#include "report/lost_runs.h"
#include "report/method_listing.h"
#include "report/method_table.h"
#include "report/training_table.h"
#include "report/verdict_table.h"

namespace invar {
namespace {

struct Tables {
  std::string_view name;
  std::string_view running, ended;  // what they are of, while the job is at work, and where it was left
  void (*print)(std::ostream& out, const record::Reader& results);
};

constexpr std::array kTables{
    Tables{"verdicts", "the verdicts are yet to come", "the verdicts are those of them",
           [](std::ostream& out, const record::Reader& results) {
             print_verdicts(out, verdict_rows(results.summary()));
             print_lost(out, results);
           }},
    Tables{"training", "the table shows these", "the table shows these, and interrupted ones as far as they came",
           [](std::ostream& out, const record::Reader& results) {
             print_training(out, results);
             print_lost(out, results);
           }},
    Tables{"methods", "the table says which", "the table says which",
           [](std::ostream& out, const record::Reader& results) { print_methods(out, results); }},
};

const Tables& tables_of(const record::Reader& results) {
  const hdf5::File& file = results.file();
  const std::string name = file.has_attribute("tables") ? file.text_attribute("tables") : "";
  for (const Tables& tables : kTables)
    if (tables.name == name) return tables;
  throw InputError(results.path().string() + ": its attribute 'tables' is '" + name +
                   "', and this version knows verdicts, training and methods; show it with the version that wrote it");
}

}  // namespace

void print_tables(std::ostream& out, const record::Reader& results) {
  tables_of(results).print(out, results);
}

std::string unfinished_text(const record::Reader& results) {
  if (results.status() == "finished") return "";
  const bool running = results.status() == "running";
  std::vector<std::string> statuses = method_statuses(results);
  for (const record::RunState& run : results.runs()) statuses.push_back(run.status);
  const auto open = std::ranges::count_if(statuses, [](const std::string& status) {
    return status == "pending" || status == "running" || status == "interrupted";
  });
  const Tables& tables = tables_of(results);
  return (running ? "is being written, or was left where its program was killed" : "is marked " + results.status()) +
         ": " + std::to_string(std::ssize(statuses) - open) + " of " + std::to_string(statuses.size()) +
         " runs have ended; " + std::string(running ? tables.running : tables.ended);
}

}  // namespace invar
