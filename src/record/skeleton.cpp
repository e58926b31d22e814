// See skeleton.h.
#include "record/skeleton.h"

#include "record/plan.h"

namespace invar::record {
namespace {

/// Those of a group, by their paths from there.
Slots slots_of(const std::string& path, const Places& places) {
  Slots slots;
  for (const auto& [whole, slot] : places) slots.emplace(whole.substr(path == "/" ? 1 : path.size() + 1), slot);
  return slots;
}

}  // namespace

std::optional<Skeleton> create_skeleton(const std::filesystem::path& path, const FileDescription& file,
                                        const std::vector<GroupDescription>& groups,
                                        const std::function<bool()>& stopped) {
  const hdf5::File output = hdf5::File::create(path);
  const auto create = [&](const std::vector<GroupPlan>& plans) {
    Scales scales;
    Places places;
    for (const GroupPlan& plan : plans)
      if (!stopped || !stopped()) create_group(output, plan, scales, places, stopped);
    return slots_of(plans.front().path, places);
  };
  Skeleton skeleton;
  skeleton.root = create({root_plan(file)});
  for (const GroupDescription& group : groups) skeleton.groups.push_back(create(run_plans(group)));
  skeleton.summary = create({summary_plan(file)});
  if (stopped && stopped()) return std::nullopt;
  output.flush();
  return skeleton;
}

Skeleton find_skeleton(const std::filesystem::path& path, const FileDescription& file,
                       const std::vector<GroupDescription>& groups) {
  const hdf5::File input = hdf5::File::open(path);
  const auto find = [&](const std::vector<GroupPlan>& plans) {
    Places places;
    for (const GroupPlan& plan : plans) find_group(input, plan, places);
    return slots_of(plans.front().path, places);
  };
  Skeleton skeleton;
  skeleton.root = find({root_plan(file)});
  for (const GroupDescription& group : groups) {
    const std::vector<GroupPlan> plans = run_plans(group);
    expect_attributes(input, plans.front());
    skeleton.groups.push_back(find(plans));
  }
  skeleton.summary = find({summary_plan(file)});
  return skeleton;
}

}  // namespace invar::record
