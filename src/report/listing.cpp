// Texts of listings; what they hold is in run_listing.cpp and method_listing.cpp.
#include "report/listing.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "report/cells.h"
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

std::size_t width_of(const Listing& listing, std::size_t column) {
  std::size_t width = listing.columns[column].size();
  for (const auto& row : listing.rows) width = std::max(width, shown_cell(row[column]).size());
  return width;
}

/// Columns of a line with all of these.
std::size_t needed(const Listing& listing, const std::vector<std::size_t>& columns) {
  std::size_t sum = 2 * (columns.size() - 1);
  for (const std::size_t column : columns) sum += width_of(listing, column);
  return sum;
}

/// Widths of the shown columns: what they need, the widest texts cut until a line holds them.
std::vector<std::size_t> widths(const Listing& listing, const std::vector<std::size_t>& columns) {
  std::vector<std::size_t> result;
  std::size_t sum = 0;
  for (const std::size_t column : columns) {
    result.push_back(width_of(listing, column));
    sum += result.back() + 2;
  }
  while (sum > kWidth + 2) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (is_text(listing, columns[i]) && (widest == columns.size() || result[i] > result[widest])) widest = i;
    if (widest == columns.size() || result[widest] <= 8) break;
    --result[widest];
    --sum;
  }
  return result;
}

}  // namespace

void print_listing(std::ostream& out, const Listing& listing) {
  std::vector<std::size_t> columns;
  for (const std::string& name : listing.shown) columns.push_back(place(listing, name));
  while (columns.size() > 4 && needed(listing, columns) > kWidth) columns.pop_back();
  const std::vector<std::size_t> width = widths(listing, columns);
  const auto print = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string cell = shortened(cell_of(columns[i]), width[i]);
      const std::string blanks(width[i] - std::min(width[i], cell.size()), ' ');
      line += (i > 0 ? "  " : "") + (is_text(listing, columns[i]) ? cell + blanks : blanks + cell);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  };
  print([&](std::size_t column) { return listing.columns[column]; });
  for (std::size_t i = 0; i < listing.rows.size(); ++i) {
    if (!listing.headings.empty() && (i == 0 || listing.headings[i] != listing.headings[i - 1]))
      out << shortened(listing.headings[i], kWidth) << "\n";
    print([&](std::size_t column) { return shown_cell(listing.rows[i][column]); });
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
