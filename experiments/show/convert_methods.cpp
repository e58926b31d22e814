#include "experiments/show/convert_methods.h"

#include <hdf5_hl.h>

#include <algorithm>

#include "experiments/show/old_file.h"
#include "integrators/method.h"
#include "record/created_group.h"
#include "record/plan.h"
#include "record/tensor_plan.h"
#include "record/whole_file.h"
#include "settings/texts.h"

namespace invar {
namespace {

using record::DatasetPlan;
using record::GroupPlan;
using Names = std::vector<std::string>;

/// The axes of a dataset, by the names of their scales.
Names axes_of(const hdf5::Dataset& dataset) {
  Names axes(dataset.shape().size());
  const auto take_name = [](hid_t, unsigned, hid_t scale, void* name) -> herr_t {
    char text[256] = "";
    H5Iget_name(scale, text, sizeof text);
    const std::string path = text;
    *static_cast<std::string*>(name) = path.substr(path.rfind('/') + 1);
    return 1;
  };
  for (std::size_t axis = 0; axis < axes.size(); ++axis)
    H5DSiterate_scales(dataset.id(), static_cast<unsigned>(axis), nullptr, take_name, &axes[axis]);
  return axes;
}

DatasetPlan plan_of(const hdf5::Dataset& dataset, const std::string& name) {
  const auto text = [&](const char* attribute, const char* otherwise) {
    return dataset.has_attribute(attribute) ? dataset.text_attribute(attribute) : std::string(otherwise);
  };
  const std::string units = text("units", "1"), description = text("long_name", "");
  DatasetPlan plan;
  switch (dataset.kind()) {
    case hdf5::Kind::text:
      plan = record::texts(name, description, dataset.read_text());
      break;
    case hdf5::Kind::integer:
      plan = record::integer(name, units, description);
      plan.initial = dataset.read<std::int64_t>();
      break;
    default:
      plan = record::number(name, units, description);
      plan.initial = dataset.read<double>();
  }
  if (H5DSis_scale(dataset.id()) > 0) {
    plan.shape = dataset.shape();
    plan.scale = record::Scale::coordinate;
    return plan;
  }
  return record::along(std::move(plan), axes_of(dataset), dataset.shape());
}

/// All of a group; its scales first.
GroupPlan copied(const hdf5::File& file, const std::string& path) {
  const hdf5::Group group = file.group(path);
  GroupPlan plan;
  plan.path = path;
  plan.numbers_apart = true;
  plan.attributes = old_attributes(group);
  for (const std::string& name : group.names())
    if (name != "parameter" && name != "state") plan.add(plan_of(group.dataset(name), name));
  // (Clang 14 cannot make std::ranges' of GCC 12.)
  std::stable_partition(plan.datasets.begin(), plan.datasets.end(),
                        [](const DatasetPlan& dataset) { return dataset.scale != record::Scale::no; });
  return plan;
}

/// What schema 1 did not have: the runs' names, and which were stiff, which is not known.
void complete(const hdf5::File& file, GroupPlan& plan) {
  const hdf5::Group group = file.group(plan.path);
  const Names methods = group.dataset("integrator").read_text();
  const bool reference = plan.path == "/reference", adaptive = group.contains_dataset("rtol");
  std::vector<double> settings;
  if (reference)
    settings = {group.attribute<double>("rtol")};
  else
    settings = group.dataset(adaptive ? "rtol" : "step_size").read<double>();
  Names labels;
  for (const std::string& method : methods)
    for (const double setting : settings)
      labels.push_back(method +
                       (reference || adaptive ? " rtol " + exact_text(setting) : " tau " + number_text(setting)));
  const hdf5::Dataset like = group.dataset("status");
  DatasetPlan label = record::texts("label", "the run for people", std::move(labels));
  plan.add(record::along(std::move(label), axes_of(like), like.shape()));
  DatasetPlan stiff = record::integer("stiff", "1", "1 where stability limited many steps; -1: not known");
  plan.add(record::along(std::move(stiff), axes_of(like), like.shape()));
  record::AttributeValue& coordinates = plan.attributes["coordinates"];  // of a family what schema 1 has
  std::get<std::string>(coordinates) +=
      std::string(std::get<std::string>(coordinates).empty() ? "" : " ") + "label status status_message";
}

/// The references' parameters at T, which schema 1 has without their names.
std::vector<GroupPlan> ends_of(const hdf5::File& file) {
  const hdf5::Group group = file.group("reference");
  const hdf5::Dataset state = group.dataset("state");
  record::TensorPlan tensor{"parameters", {state.shape().at(1)}, {"parameter"}, {}};
  for (std::int64_t reference = 0; reference < state.shape()[0]; ++reference)
    tensor.values.push_back(std::make_shared<const std::vector<double>>(state.read_part<double>(reference, 1)));
  return record::tensor_plans("/reference/end", "parameter at T", {tensor},
                              {plan_of(group.dataset("integrator"), "integrator")}, {});
}

}  // namespace

void convert_methods(const hdf5::File& from, const std::filesystem::path& to, bool force) {
  record::FileDescription description = old_description(from);
  description.more["tables"] = std::string("methods");
  const std::string status = from.has_attribute("status") ? from.text_attribute("status") : "finished";
  description.more.erase("status");
  std::vector<GroupPlan> plans{record::root_plan(description)};
  plans.front().datasets.front().initial = Names{status};
  for (const char* path : {"/reference", "/adaptive", "/prescribed"}) {
    if (!from.contains_group(path)) continue;
    plans.push_back(copied(from, path));
    complete(from, plans.back());
  }
  for (GroupPlan& plan : ends_of(from)) plans.push_back(std::move(plan));
  record::WholeFile(to, force).write([&](const hdf5::File& output) { record::create_groups(output, plans); });
}

}  // namespace invar
