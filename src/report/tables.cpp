#include "report/tables.h"

#include <array>
#include <string_view>

#include "error.h"
#include "report/lost_runs.h"
#include "report/method_table.h"
#include "report/training_table.h"
#include "report/verdict_table.h"

namespace invar {
namespace {

struct Tables {
  std::string_view name;
  void (*print)(std::ostream& out, const record::Reader& results);
};

constexpr std::array kTables{
    Tables{"verdicts",
           [](std::ostream& out, const record::Reader& results) {
             print_verdicts(out, verdict_rows(results.summary()));
             print_lost(out, results);
           }},
    Tables{"training",
           [](std::ostream& out, const record::Reader& results) {
             print_training(out, results);
             print_lost(out, results);
           }},
    Tables{"methods", [](std::ostream& out, const record::Reader& results) { print_methods(out, results); }},
};

}  // namespace

void print_tables(std::ostream& out, const record::Reader& results) {
  const hdf5::File& file = results.file();
  const std::string name = file.has_attribute("tables") ? file.text_attribute("tables") : "";
  for (const Tables& tables : kTables)
    if (tables.name == name) return tables.print(out, results);
  throw InputError(results.path().string() + ": its attribute 'tables' is '" + name +
                   "', and this version knows verdicts, training and methods; show it with the version that wrote it");
}

}  // namespace invar
