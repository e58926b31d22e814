// Lists of a results file: its runs, a law over its runs, its whole summary. As columns of a terminal or as CSV.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "record/reader.h"

namespace invar {

struct Listing {
  using Cell = std::variant<std::string, double, std::int64_t>;
  std::vector<std::string> columns;
  std::vector<std::string> shown;     // on a terminal, the most important first
  std::vector<std::string> headings;  // one a row: it stands there on a line of its own, where it changes; or none
  std::vector<std::vector<Cell>> rows;
};

/// Each run with all that the file says of it beyond its rows.
Listing list_runs(const record::Reader& results);
/// A law in each of its runs. `law`: as the tables name it, whole, with * for parts of it, or without its scope.
/// InputError with those that there are, where none is called so.
Listing list_law(const record::Reader& results, const std::string& law);
/// All that /summary has; of a comparison of methods its runs.
Listing list_summary(const record::Reader& results);

/// The shown columns, numbers with two digits; at most 80 columns wide: see fitted_columns.h.
void print_listing(std::ostream& out, const Listing& listing);
/// All columns as RFC 4180 has it, with a line of names; numbers in full, what is not known as nothing.
void write_csv(std::ostream& out, const Listing& listing);

}  // namespace invar
