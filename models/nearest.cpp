// Edit distance (Levenshtein), row by row.
#include "models/nearest.h"

#include <algorithm>
#include <numeric>

namespace invar {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);  // row[j]: distance from the first i letters of a to the first j of b
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
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
