#include "record/gather.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace invar::record {
namespace {

bool same_shapes(const std::vector<ConstantDescription>& a, const std::vector<ConstantDescription>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.name == y.name && x.shape == y.shape; });
}

/// Whether runs of both may stand in one group.
bool alike(const GroupDescription& a, const GroupDescription& b) {
  return a.attributes == b.attributes && a.component_law == b.component_law && a.component_kind == b.component_kind &&
         a.component_index == b.component_index && a.blocks == b.blocks && a.laws == b.laws &&
         a.law_kinds == b.law_kinds && a.parameters == b.parameters && a.save_parameters == b.save_parameters &&
         same_shapes(a.runs.front().constants, b.runs.front().constants);
}

}  // namespace

void gather(GroupDescription group, std::vector<GroupDescription>& groups) {
  const auto same = std::ranges::find_if(groups, [&](const GroupDescription& other) { return alike(other, group); });
  if (same != groups.end()) {
    same->runs.insert(same->runs.end(), std::make_move_iterator(group.runs.begin()),
                      std::make_move_iterator(group.runs.end()));
    return;
  }
  if (group.name.empty() || group.name == "." || group.name == "..") group.name = "block";
  const std::string name = group.name;
  const auto taken = [&](const std::string& wanted) {
    constexpr std::array kOwn{"summary", "status", "_axes", "_axes_of_tensors", "_numbers"};
    return std::ranges::find(kOwn, wanted) != kOwn.end() ||
           std::ranges::find(groups, wanted, &GroupDescription::name) != groups.end();
  };
  for (int another = 2; taken(group.name); ++another) group.name = name + "_" + std::to_string(another);
  groups.push_back(std::move(group));
}

}  // namespace invar::record
