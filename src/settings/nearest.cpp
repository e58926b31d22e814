// Edit distance (Levenshtein's, with two neighbours exchanged as one change), row by row.
#include "settings/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace invar {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // row[j]: distance from the first i letters of a to the first j of b; `one_up`, `two_up`: rows i − 1 and i − 2
  std::vector<std::size_t> two_up, one_up, row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    two_up = std::exchange(one_up, row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      row[j + 1] = std::min({one_up[j] + (a[i] == b[j] ? 0 : 1), row[j] + 1, one_up[j + 1] + 1});
      if (i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j]) row[j + 1] = std::min(row[j + 1], two_up[j - 1] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  if (known.empty()) return "there are none";
  const auto nearest =
      std::ranges::min_element(known, {}, [&](const std::string& name) { return edit_distance(typed, name); });
  // a third of the letters wrong is a slip; more is another word, unless it is the beginning of one
  const bool near = edit_distance(typed, *nearest) <= std::max<std::size_t>(1, nearest->size() / 3);
  const auto begun = std::ranges::find_if(
      known, [&](const std::string& name) { return typed.size() >= 2 && name.starts_with(typed); });
  if (near) return "did you mean '" + *nearest + "'?";
  if (begun != known.end()) return "did you mean '" + *begun + "'?";
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  return "known are: " + list;
}

}  // namespace invar
