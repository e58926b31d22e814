#include "settings/key.h"

#include <algorithm>

#include "settings/nearest.h"

namespace invar {

const KeyText* KeyTable::find(std::string_view name) const {
  for (const Group& group : groups)
    for (const KeyText& key : group.keys)
      if (key.name == name) return &key;
  return nullptr;
}

std::string KeyTable::remedy(std::string_view typed, std::string_view prefix, std::vector<std::string> names) const {
  std::string_view bare = typed;
  bare.remove_prefix(std::min(bare.find_first_not_of('-'), bare.size()));
  if (std::string known = foreign ? foreign(bare, prefix) : ""; !known.empty()) return known;
  for (const Group& group : groups)
    for (const KeyText& key : group.keys) names.emplace_back(key.name);
  for (std::string& name : names) name.insert(0, prefix);
  const std::string nearest = did_you_mean(typed, names);
  return nearest.starts_with("did you mean") ? nearest : "--help lists the keys";
}

}  // namespace invar
