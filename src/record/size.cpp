// The size of a group, counted on its plan (see dataset_plan.h). HDF5's bookkeeping is bounded by the sizes of its
// structures in the earliest format, rounded up: an object header and its symbol table entry for each dataset, the two
// references that tie an axis to its scale, attributes with their text in heaps, and a group's B-tree.
#include "record/dataset_plan.h"

namespace invar::record {
namespace {

constexpr std::int64_t kDataset = 384, kAxis = 128, kScale = 512, kAttribute = 128, kGroup = 1100, kLink = 110,
                       kHeapObject = 24, kView = 512;

std::int64_t attribute_bytes(const std::string& name, const AttributeValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  const std::size_t stored = text == nullptr ? 8 : text->size();
  return kAttribute + static_cast<std::int64_t>(name.size() + stored);
}

std::int64_t dataset_bytes(const DatasetPlan& plan) {
  std::int64_t bytes = kDataset + kAxis * static_cast<std::int64_t>(plan.axes.size());
  bytes += attribute_bytes("units", plan.units) + attribute_bytes("description", plan.description);
  if (plan.element == Element::fixed_text) bytes += attribute_bytes("_Encoding", "utf-8");
  for (const auto& [name, value] : plan.attributes) bytes += attribute_bytes(name, value);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&plan.initial);
      texts && plan.element == Element::text) {
    for (const std::string& text : *texts) bytes += kHeapObject + static_cast<std::int64_t>(text.size());
  }
  if (plan.scale != Scale::no) bytes += kScale + kLink;
  if (plan.scale != Scale::dimension) bytes += plan.elements() * plan.element_bytes();
  return bytes;
}

/// And, in its share, the axes that count.
std::int64_t view_bytes(DatasetPlan plan) {
  plan.attributes.clear();
  plan.scale = Scale::dimension;  // no data
  return kView + dataset_bytes(plan) + 8 * plan.shape.back();
}

}  // namespace

std::int64_t group_bytes(const GroupPlan& group) {
  std::int64_t bytes = kGroup * (1 + (group.datasets.empty() ? 0 : 1) + (group.numbers_apart ? 1 : 0)) +
                       kLink * static_cast<std::int64_t>(group.links.size());
  for (const auto& [name, value] : group.attributes) bytes += attribute_bytes(name, value);
  for (const DatasetPlan& dataset : group.datasets) {
    bytes += dataset_bytes(dataset);
    if (!group.numbers_apart || is_text(dataset)) continue;
    bytes += has_axis_of_texts(group, dataset) ? view_bytes(dataset) : kLink;
  }
  return bytes;
}

}  // namespace invar::record
