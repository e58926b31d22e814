#include "tensor/block_text.h"

#include <algorithm>
#include <cctype>

#include "error.h"

namespace invar {
namespace {

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Edits (insert, remove, change, swap two neighbours) from a to b; a difference in case alone costs half an edit, so
// all costs are doubled. Of three letters one that differs makes another word ("min", "sin"), so it costs two edits.
std::size_t twice_distance(std::string_view a, std::string_view b) {
  const std::size_t another = a.size() <= 3 && b.size() <= 3 ? 4 : 2;
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = 2 * (i + j);
        continue;
      }
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : (lower(a[i - 1]) == lower(b[j - 1]) ? 1 : another);
      cost[i][j] = std::min({cost[i - 1][j] + 2, cost[i][j - 1] + 2, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 2);
    }
  return cost[a.size()][b.size()];
}

}  // namespace

const BlockText::Piece& BlockText::append(std::string_view text, std::string name, Place used) {
  Piece next{.text = text, .name = std::move(name), .used = used};
  if (!pieces_.empty()) {
    const Piece& last = pieces_.back();
    next.begin = last.begin + last.text.size();
    next.line = last.line + 1 + static_cast<int>(std::count(last.text.begin(), last.text.end(), '\n'));
  }
  return pieces_.emplace_back(std::move(next));
}

const BlockText::Piece& BlockText::add(std::string text, std::string name, Place used) {
  return append(texts_.emplace_back(std::move(text)), std::move(name), used);
}

const BlockText::Piece& BlockText::piece(Place place) const {
  const auto later = std::upper_bound(pieces_.begin(), pieces_.end(), place.line,
                                      [](int line, const Piece& piece) { return line < piece.line; });
  return later == pieces_.begin() ? pieces_.front() : *(later - 1);
}

void BlockText::fail(Place place, const std::string& message) const {
  const Piece& in = piece(place);
  if (!in.name.empty()) fail(in.used, line(place) + ", column " + std::to_string(place.column) + ": " + message);
  if (is_appended(place)) throw InputError(source_.name + ": " + line(place) + ": " + message);
  throw InputError(at(place) + ": " + message);
}

bool BlockText::is_appended(Place place) const {
  return source_.own_lines > 0 && place.line > source_.own_lines && piece(place).name.empty();
}

Place BlockText::outermost(Place place) const {
  const Piece& in = piece(place);
  return in.name.empty() ? place : outermost(in.used);
}

std::string BlockText::at(Place place) const {
  const Place own = outermost(place);
  return source_.name + ":" + std::to_string(own.line) + ":" + std::to_string(own.column);
}

std::string BlockText::line(Place place) const {
  const Piece& in = piece(place);
  if (is_appended(place)) return "line " + std::to_string(place.line - source_.own_lines) + " of " + source_.appended;
  return "line " + std::to_string(place.line - in.line + 1) + (in.name.empty() ? "" : " of '" + in.name + "'");
}

std::string BlockText::quote(Span span) const {
  const auto later = std::upper_bound(pieces_.begin() + 1, pieces_.end(), span.begin,
                                      [](std::size_t begin, const Piece& piece) { return begin < piece.begin; });
  const Piece& in = *(later - 1);
  const std::string_view text = in.text;
  span = {span.begin - in.begin, span.end - in.begin};
  std::string quoted;
  bool space = false;
  for (std::size_t i = span.begin; i < span.end; ++i) {
    if (text[i] == '#')
      while (i < span.end && text[i] != '\n') ++i;
    if (i >= span.end) break;
    if (std::isspace(static_cast<unsigned char>(text[i]))) {
      space = true;
      continue;
    }
    if (space && !quoted.empty()) quoted += ' ';
    space = false;
    quoted += text[i];
  }
  return quoted;
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

std::string known_names(std::string_view name, const std::vector<std::string>& known) {
  if (known.empty()) return "; none is known here";
  // A third of the letters, at least one edit: further away the nearest name is noise. A name of one letter is near
  // only to itself in the other case; every other letter would be as near.
  const std::size_t limit = name.size() == 1 ? 1 : 2 * std::max<std::size_t>(1, (name.size() + 1) / 3);
  std::string_view nearest;
  std::size_t best = limit + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = twice_distance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  if (best <= limit) return "; the nearest known name is '" + std::string(nearest) + "'";
  return "; known: " + list_text(known);
}

}  // namespace invar
