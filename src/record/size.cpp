// The size of a results file, counted on its plans (see plan.h). HDF5's bookkeeping is bounded by the sizes of its
// structures in the earliest format, rounded up: an object header and its symbol table entry for each dataset, the two
// references that tie an axis to its scale, attributes with their text in heaps, and a group's B-tree.
#include "record/plan.h"

namespace invar::record {
namespace {

constexpr std::int64_t kDataset = 384, kAxis = 128, kScale = 512, kAttribute = 128, kGroup = 2048, kFile = 8192,
                       kHeapObject = 24;

std::int64_t attribute_bytes(const std::string& name, const AttributeValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const std::size_t stored = text == nullptr ? 8 : text->size();
  return kAttribute + static_cast<std::int64_t>(name.size() + stored);
}

std::int64_t dataset_bytes(const DatasetPlan& plan) {
  std::int64_t bytes = kDataset + kAxis * static_cast<std::int64_t>(plan.axes.size());
  bytes += attribute_bytes("units", plan.units) + attribute_bytes("description", plan.description);
  if (plan.element == Element::characters) bytes += attribute_bytes("_Encoding", "utf-8");
  if (const auto* texts = std::get_if<std::vector<std::string>>(&plan.initial);
      texts && plan.element == Element::text) {
    for (const std::string& text : *texts) bytes += kHeapObject + static_cast<std::int64_t>(text.size());
  }
  if (plan.scale != Scale::no) bytes += kScale;
  if (plan.scale != Scale::dimension) bytes += plan.elements() * plan.element_bytes();
  return bytes;
}

std::int64_t group_bytes(const GroupPlan& group) {
  std::int64_t bytes = kGroup;
  for (const auto& [name, value] : group.attributes) bytes += attribute_bytes(name, value);
  for (const DatasetPlan& dataset : group.datasets) bytes += dataset_bytes(dataset);
  return bytes;
}

}  // namespace

std::int64_t file_bytes(const FileDescription& file, const std::vector<RunDescription>& runs) {
  std::int64_t bytes = kFile + group_bytes(root_plan(file)) + group_bytes(summary_plan(file));
  for (std::size_t run = 0; run < runs.size(); ++run) bytes += group_bytes(run_plan(run, runs[run]));
  return bytes;
}

}  // namespace invar::record
