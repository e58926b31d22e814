#include "report/fitted_columns.h"

#include <algorithm>
#include <set>

#include "report/cells.h"

namespace invar {
namespace {

constexpr std::size_t kLeastWidth = 8;  // of a cut text

std::size_t line_width(const std::vector<ShownColumn>& columns) {
  std::size_t sum = 0;
  for (const ShownColumn& column : columns) sum += column.width() + 2;
  return columns.empty() ? 0 : sum - 2;
}

/// What all cells begin and end with, up to whole words: of names without blanks up to whole parts between dots.
struct Common {
  std::size_t head = 0, tail = 0;
};

Common common_parts(const std::vector<std::string>& cells) {
  const std::string& first = cells.front();
  std::size_t head = first.size(), tail = first.size(), shortest = first.size();
  bool words = false;
  for (const std::string& cell : cells) {
    shortest = std::min(shortest, cell.size());
    words = words || cell.find(' ') != std::string::npos;
    const auto from_left = std::ranges::mismatch(first, cell).in1 - first.begin(),
               from_right =
                   std::mismatch(first.rbegin(), first.rend(), cell.rbegin(), cell.rend()).first - first.rbegin();
    head = std::min(head, static_cast<std::size_t>(from_left));
    tail = std::min(tail, static_cast<std::size_t>(from_right));
  }
  const char end = words ? ' ' : '.';
  while (head > 0 && first[head - 1] != end) --head;
  tail = std::min(tail, shortest - head);
  while (tail > 0 && first[first.size() - tail] != end) --tail;
  return {head, tail};
}

bool is_one(const std::vector<std::string>& cells) {
  return std::ranges::all_of(cells, [&](const std::string& cell) { return cell == cells.front(); });
}

/// The column without what all its cells begin and end with.
ShownColumn without_common(const ShownColumn& column, const Common& common) {
  ShownColumn result = column;
  result.said = true;
  for (std::string& cell : result.cells) cell = cell.substr(common.head, cell.size() - common.head - common.tail);
  return result;
}

/// Says once what the cells of a text have in common, of that which gains most by it; false where none does.
bool say_once(std::vector<ShownColumn>& columns, std::vector<std::string>& lines) {
  auto chosen = columns.end();
  std::size_t most = 0;
  for (auto column = columns.begin(); column != columns.end(); ++column) {
    if (!column->text || column->said || column->cells.size() < 2) continue;
    const std::size_t width = column->width();
    const std::size_t gain =
        is_one(column->cells) ? width + 2 : width - without_common(*column, common_parts(column->cells)).width();
    if (gain <= most) continue;
    most = gain;
    chosen = column;
  }
  if (chosen == columns.end()) return false;
  const std::string first = chosen->cells.front();
  if (is_one(chosen->cells)) {
    lines.push_back(chosen->title + ": " + first);
    columns.erase(chosen);
    return true;
  }
  const Common common = common_parts(chosen->cells);
  lines.push_back(chosen->title + ": " + first.substr(0, common.head) + "*" + first.substr(first.size() - common.tail));
  *chosen = without_common(*chosen, common);
  return true;
}

std::string cut(const std::string& cell, std::size_t width, std::size_t head) {
  if (cell.size() <= width) return cell;
  return cell.substr(0, head) + ".." + cell.substr(cell.size() - (width - 2 - head));
}

/// Cuts cells in the middle, there where the fewest become the same.
void cut_cells(ShownColumn& column, std::size_t width) {
  const std::size_t usual = shortened(std::string(width + 1, 'x'), width).find("..");
  const std::set<std::string> all(column.cells.begin(), column.cells.end());
  std::size_t best = usual, most = 0;
  std::vector<std::size_t> heads{usual};
  for (std::size_t head = width - 2; head > 0; --head) heads.push_back(head);
  for (const std::size_t head : heads) {
    if (most == all.size()) break;
    std::set<std::string> apart;
    for (const std::string& cell : all) apart.insert(cut(cell, width, head));
    if (apart.size() > most) {
      most = apart.size();
      best = head;
    }
  }
  for (std::string& cell : column.cells) cell = cut(cell, width, best);
}

/// Cuts the widest texts until a line holds all columns, if it can.
void cut_texts(std::vector<ShownColumn>& columns, std::size_t most) {
  std::vector<std::size_t> widths;
  for (const ShownColumn& column : columns) widths.push_back(column.width());
  for (std::size_t over = line_width(columns) - std::min(line_width(columns), most); over > 0; --over) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].text && (widest == columns.size() || widths[i] > widths[widest])) widest = i;
    if (widest == columns.size() || widths[widest] <= std::max(kLeastWidth, columns[widest].title.size())) break;
    --widths[widest];
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (widths[i] < columns[i].width()) cut_cells(columns[i], widths[i]);
}

}  // namespace

std::size_t ShownColumn::width() const {
  std::size_t result = title.size();
  for (const std::string& cell : cells) result = std::max(result, cell.size());
  return result;
}

std::vector<std::string> fit(std::vector<ShownColumn>& columns, std::size_t most) {
  std::vector<std::string> lines;
  while (line_width(columns) > most && say_once(columns, lines)) {
  }
  cut_texts(columns, most);
  while (columns.size() > 1 && line_width(columns) > most) columns.pop_back();
  return lines;
}

}  // namespace invar
