// See skeleton.h.
#include "record/skeleton.h"

#include <hdf5_hl.h>

#include <cstdio>

#include "hdf5/file.h"

namespace invar::record {
namespace {

using Datasets = std::unordered_map<std::string, hdf5::Dataset>;

hdf5::Type type_of(const DatasetPlan& plan) {
  switch (plan.element) {
    case Element::integer:
      return hdf5::Type::of<std::int64_t>();
    case Element::text:
      return hdf5::Type::variable_text();
    case Element::characters:
      return hdf5::Type::character();
    default:
      return hdf5::Type::of<double>();
  }
}

hdf5::Storage storage_of(const DatasetPlan& plan) {
  hdf5::Storage storage;
  // A dimension without values is never written, so it takes no space.
  storage.early = plan.scale != Scale::dimension;
  if (plan.element == Element::number) storage.fill = kNaN;
  if (plan.element == Element::integer) storage.fill = -1.0;
  return storage;
}

void make_scale(const DatasetPlan& plan, const hdf5::Dataset& dataset) {
  std::string name = plan.name;
  if (plan.scale == Scale::dimension) {
    // netCDF-4's mark of a dimension that has no variable, with the extent in ten places.
    char mark[80];
    std::snprintf(mark, sizeof mark, "This is a netCDF dimension but not a netCDF variable.%10lld",
                  static_cast<long long>(plan.elements()));
    name = mark;
  }
  hdf5::checked(H5DSset_scale(dataset.id(), name.c_str()), dataset.place(), "cannot make it a dimension scale");
}

void write_initial(const DatasetPlan& plan, const hdf5::Dataset& dataset) {
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&plan.initial))
    dataset.write<std::int64_t>(*integers);
  if (const auto* strings = std::get_if<std::vector<std::string>>(&plan.initial)) {
    plan.element == Element::text ? dataset.write_text(*strings) : dataset.write_characters(*strings);
  }
  if (const auto* numbers = std::get_if<std::shared_ptr<const std::vector<double>>>(&plan.initial))
    dataset.write<double>(**numbers);
}

void set_attributes(const hdf5::Object& object, const Attributes& attributes) {
  for (const auto& entry : attributes) {
    const std::string& name = entry.first;
    std::visit([&](const auto& value) { object.set_attribute(name, value); }, entry.second);
  }
}

Slot slot_of(const DatasetPlan& plan, const hdf5::Dataset& dataset) {
  const std::optional<hdf5::Location> location = dataset.location();
  if (!location && plan.scale != Scale::dimension && plan.elements() > 0)
    hdf5::fail(dataset.place(), "has no place in the file");
  if (location && location->file != dataset.place().file)
    hdf5::fail(dataset.place(),
               "is a link to " + location->file + ", where this program does not write; store it itself");
  // Characters are written text by text.
  const std::int64_t together = plan.element == Element::characters ? plan.shape.back() : 1;
  return {location ? static_cast<std::int64_t>(location->begin) : -1, plan.element_bytes() * together,
          plan.elements() / together};
}

Slot create_dataset(const hdf5::Group& group, const DatasetPlan& plan, Datasets& scales) {
  const hdf5::Dataset dataset = group.create_dataset(plan.name, type_of(plan), plan.shape, storage_of(plan));
  write_initial(plan, dataset);
  if (plan.scale != Scale::no) {
    make_scale(plan, dataset);
    scales.emplace(plan.name, dataset);
  }
  for (std::size_t axis = 0; axis < plan.axes.size(); ++axis) {
    hdf5::checked(H5DSattach_scale(dataset.id(), scales.at(plan.axes[axis]).id(), static_cast<unsigned>(axis)),
                  dataset.place(), "cannot attach a dimension scale");
  }
  dataset.set_attribute("units", plan.units);
  dataset.set_attribute("description", plan.description);
  // xarray's mark of text that it shall decode.
  if (plan.element == Element::characters) dataset.set_attribute("_Encoding", "utf-8");
  return slot_of(plan, dataset);
}

Slots create_group(const hdf5::File& file, const GroupPlan& plan) {
  const hdf5::Group group = plan.path == "/" ? file.group("/") : file.create_group(plan.path);
  set_attributes(group, plan.attributes);
  Slots slots;
  Datasets scales;
  for (const DatasetPlan& dataset : plan.datasets) slots.emplace(dataset.name, create_dataset(group, dataset, scales));
  for (const auto& [existing, second] : plan.links) group.link(existing, second);
  const std::string last = plan.path.substr(plan.path.rfind('/'));
  for (const auto& scale : scales) file.link(plan.path + "/" + scale.first, "/axes" + last + "/" + scale.first);
  return slots;
}

[[noreturn]] void fail_to_match(const hdf5::Place& place, const std::string& what) {
  hdf5::fail(place, what + " is not what the configuration of the file gives now: put the files that it reads (data, " +
                        "block, problem, weights) back as they were, or run the job anew");
}

bool has_attribute(const hdf5::Object& object, const std::string& name, const AttributeValue& value) {
  if (!object.has_attribute(name)) return false;
  if (const auto* text = std::get_if<std::string>(&value)) return object.text_attribute(name) == *text;
  if (const auto* number = std::get_if<double>(&value)) return object.attribute<double>(name) == *number;
  return object.attribute<std::int64_t>(name) == std::get<std::int64_t>(value);
}

/// Of what is written once, at creation.
bool has_initial(const DatasetPlan& plan, const hdf5::Dataset& dataset) {
  if (plan.late || plan.elements() == 0) return true;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&plan.initial))
    return dataset.read<std::int64_t>() == *integers;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&plan.initial))
    return dataset.read_text() == *strings;
  if (const auto* numbers = std::get_if<std::shared_ptr<const std::vector<double>>>(&plan.initial))
    return dataset.read<double>() == **numbers;
  return true;
}

Slots find_group(const hdf5::File& file, const GroupPlan& plan) {
  const hdf5::Group group = file.group(plan.path);
  Slots slots;
  for (const DatasetPlan& planned : plan.datasets) {
    const hdf5::Dataset dataset = group.dataset(planned.name);
    // Written in place: the elements must be just so. HDF5 has two types for text of variable length, which is not.
    const bool fits =
        planned.element == Element::text ? dataset.kind() == hdf5::Kind::text : dataset.stores(type_of(planned));
    if (dataset.shape() != planned.shape || !fits) fail_to_match(dataset.place(), "its shape or type");
    if (!has_initial(planned, dataset)) fail_to_match(dataset.place(), "what it holds");
    slots.emplace(planned.name, slot_of(planned, dataset));
  }
  return slots;
}

}  // namespace

std::optional<Skeleton> create_skeleton(const std::filesystem::path& path, const FileDescription& file,
                                        const std::vector<RunDescription>& runs, const std::function<bool()>& stopped) {
  const hdf5::File output = hdf5::File::create(path);
  Skeleton skeleton;
  skeleton.root = create_group(output, root_plan(file));
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (stopped && stopped()) return std::nullopt;
    skeleton.runs.push_back(create_group(output, run_plan(run, runs[run])));
  }
  skeleton.summary = create_group(output, summary_plan(file));
  output.flush();
  return skeleton;
}

Skeleton find_skeleton(const std::filesystem::path& path, const FileDescription& file,
                       const std::vector<RunDescription>& runs) {
  const hdf5::File input = hdf5::File::open(path);
  Skeleton skeleton;
  skeleton.root = find_group(input, root_plan(file));
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const GroupPlan plan = run_plan(run, runs[run]);
    const hdf5::Group group = input.group(plan.path);
    for (const auto& [name, value] : plan.attributes)
      if (!has_attribute(group, name, value)) fail_to_match(group.place(), "attribute '" + name + "'");
    skeleton.runs.push_back(find_group(input, plan));
  }
  skeleton.summary = find_group(input, summary_plan(file));
  return skeleton;
}

}  // namespace invar::record
