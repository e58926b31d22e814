// Texts of listings; what they hold is in run_listing.cpp and method_listing.cpp.
#include "report/listing.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "report/cells.h"
#include "report/fitted_columns.h"
#include "settings/texts.h"

namespace invar {
namespace {

constexpr std::size_t kWidth = 80;

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + "\"";
}

std::string csv_cell(const Listing::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  const double value = std::get<double>(cell);
  return std::isnan(value) ? "" : exact_text(value);
}

std::string shown_cell(const Listing::Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer < 0 ? "-" : std::to_string(*integer);
  return number_cell(std::get<double>(cell));
}

std::size_t place(const Listing& listing, const std::string& column) {
  return static_cast<std::size_t>(std::ranges::find(listing.columns, column) - listing.columns.begin());
}

bool is_text(const Listing& listing, std::size_t column) {
  return !listing.rows.empty() && std::holds_alternative<std::string>(listing.rows.front()[column]);
}

}  // namespace

void print_listing(std::ostream& out, const Listing& listing) {
  std::vector<ShownColumn> columns;
  for (const std::string& name : listing.shown) {
    const std::size_t at = place(listing, name);
    ShownColumn& column = columns.emplace_back(ShownColumn{name, is_text(listing, at), {}});
    for (const auto& row : listing.rows) column.cells.push_back(shown_cell(row[at]));
  }
  for (const std::string& line : fit(columns, kWidth)) out << shortened(line, kWidth) << "\n";
  std::vector<std::size_t> widths;
  for (const ShownColumn& column : columns) widths.push_back(column.width());
  const auto print = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& cell = cell_of(columns[i]);
      const std::string blanks(widths[i] - cell.size(), ' ');
      line += (i > 0 ? "  " : "") + (columns[i].text ? cell + blanks : blanks + cell);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  };
  print([](const ShownColumn& column) -> const std::string& { return column.title; });
  for (std::size_t i = 0; i < listing.rows.size(); ++i) {
    if (!listing.headings.empty() && (i == 0 || listing.headings[i] != listing.headings[i - 1]))
      out << shortened(listing.headings[i], kWidth) << "\n";
    print([&](const ShownColumn& column) -> const std::string& { return column.cells[i]; });
  }
}

void write_csv(std::ostream& out, const Listing& listing) {
  const auto write = [&out](std::size_t count, const auto& cell_of) {
    for (std::size_t i = 0; i < count; ++i) out << (i > 0 ? "," : "") << cell_of(i);
    out << "\r\n";
  };
  write(listing.columns.size(), [&](std::size_t i) { return quoted(listing.columns[i]); });
  for (const auto& row : listing.rows) write(row.size(), [&](std::size_t i) { return csv_cell(row[i]); });
}

}  // namespace invar
