// See created_group.h.
#include "record/created_group.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "record/numbers_apart.h"

namespace invar::record {
namespace {

hdf5::Type type_of(const DatasetPlan& plan) {
  switch (plan.element) {
    case Element::integer:
      return hdf5::Type::of<std::int64_t>();
    case Element::text:
      return hdf5::Type::variable_text();
    case Element::fixed_text:
      return hdf5::Type::fixed_text(plan.width);
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
  if (const auto* numbers = std::get_if<std::vector<double>>(&plan.initial)) dataset.write<double>(*numbers);
  if (const auto* strings = std::get_if<std::vector<std::string>>(&plan.initial)) dataset.write_text(*strings);
  if (const auto* parts = std::get_if<std::vector<SharedNumbers>>(&plan.initial)) {
    if (parts->size() == 1) return dataset.write<double>(*parts->front());
    for (std::size_t i = 0; i < parts->size(); ++i) dataset.write_part(static_cast<std::int64_t>(i), 1, *(*parts)[i]);
  }
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
  return {location ? static_cast<std::int64_t>(location->begin) : -1, plan.element_bytes(), plan.elements(),
          !plan.axes.empty() && plan.axes.front() == "run"};
}

/// The group for second names of scales. HDF5 finds the name of an object that a reference points to by walking the
/// file from its start, in the order of names: through these small groups xarray opens a model in two thirds of the
/// time, the last of many in a fraction. Those of tensors, which are many, come behind.
std::string axes_of(const std::string& group) {
  return group.find('/', 1) == std::string::npos ? "/_axes" : "/_axes_of_tensors";
}

std::string below(const std::string& group, const std::string& name) {
  return (group == "/" ? "" : group) + "/" + name;
}

/// The scale of this name in the group, or the nearest one above.
const hdf5::Dataset& scale_of(const Scales& scales, std::string group, const std::string& axis) {
  while (true) {
    const auto found = scales.find(below(group, axis));
    if (found != scales.end()) return found->second;
    if (group.size() <= 1) throw std::logic_error("results file: no scale for the axis " + axis);
    group.erase(std::max<std::size_t>(group.rfind('/'), 1));
  }
}

void create_dataset(const hdf5::File& file, const hdf5::Group& group, const GroupPlan& whole, const DatasetPlan& plan,
                    Scales& scales, Places& places) {
  const hdf5::Dataset dataset = group.create_dataset(plan.name, type_of(plan), plan.shape, storage_of(plan));
  write_initial(plan, dataset);
  if (plan.scale != Scale::no) {
    make_scale(plan, dataset);
    scales.emplace(below(whole.path, plan.name), dataset);
    file.link(below(whole.path, plan.name), axes_of(whole.path) + below(whole.path, plan.name));
  }
  for (std::size_t axis = 0; axis < plan.axes.size(); ++axis) {
    hdf5::checked(
        H5DSattach_scale(dataset.id(), scale_of(scales, whole.path, plan.axes[axis]).id(), static_cast<unsigned>(axis)),
        dataset.place(), "cannot attach a dimension scale");
  }
  dataset.set_attribute("units", plan.units);
  dataset.set_attribute("description", plan.description);
  set_attributes(dataset, plan.attributes);
  // xarray's mark of bytes that it shall decode.
  if (plan.element == Element::fixed_text) dataset.set_attribute("_Encoding", "utf-8");
  places.emplace(below(whole.path, plan.name), slot_of(plan, dataset));
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

/// NaN is NaN.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Of what is written once, at creation.
bool has_initial(const DatasetPlan& plan, const hdf5::Dataset& dataset) {
  if (plan.late || plan.elements() == 0) return true;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&plan.initial))
    return dataset.read<std::int64_t>() == *integers;
  if (const auto* strings = std::get_if<std::vector<std::string>>(&plan.initial))
    return dataset.read_text() == *strings;
  if (const auto* numbers = std::get_if<std::vector<double>>(&plan.initial))
    return same(dataset.read<double>(), *numbers);
  if (const auto* parts = std::get_if<std::vector<SharedNumbers>>(&plan.initial)) {
    if (parts->size() == 1) return same(dataset.read<double>(), *parts->front());
    for (std::size_t i = 0; i < parts->size(); ++i)
      if (!same(dataset.read_part<double>(static_cast<std::int64_t>(i), 1), *(*parts)[i])) return false;
  }
  return true;
}

}  // namespace

void create_group(const hdf5::File& file, const GroupPlan& plan, Scales& scales, Places& places,
                  const std::function<bool()>& stopped) {
  const hdf5::Group group = plan.path == "/" ? file.group("/") : file.create_group(plan.path);
  set_attributes(group, plan.attributes);
  for (const DatasetPlan& dataset : plan.datasets) {
    if (stopped && stopped()) return;
    create_dataset(file, group, plan, dataset, scales, places);
  }
  for (const auto& [existing, second] : plan.links) file.link(existing, below(plan.path, second));
  if (plan.numbers_apart) put_numbers_apart(file, plan);
}

void create_groups(const hdf5::File& file, const std::vector<GroupPlan>& plans) {
  Scales scales;
  Places places;
  for (const GroupPlan& plan : plans) create_group(file, plan, scales, places);
}

void find_group(const hdf5::File& file, const GroupPlan& plan, Places& places) {
  const hdf5::Group group = file.group(plan.path);
  for (const DatasetPlan& planned : plan.datasets) {
    const hdf5::Dataset dataset = group.dataset(planned.name);
    // Written in place: the elements must be just so. HDF5 has two types for text of variable length, which is not.
    const bool fits =
        planned.element == Element::text ? dataset.kind() == hdf5::Kind::text : dataset.stores(type_of(planned));
    if (dataset.shape() != planned.shape || !fits) fail_to_match(dataset.place(), "its shape or type");
    if (!has_initial(planned, dataset)) fail_to_match(dataset.place(), "what it holds");
    if (dataset.location()) dataset.expect_part(0, planned.shape.empty() ? 1 : planned.shape.front());  // in the file
    places.emplace(below(plan.path, planned.name), slot_of(planned, dataset));
  }
}

void expect_attributes(const hdf5::File& file, const GroupPlan& plan) {
  const hdf5::Group group = file.group(plan.path);
  for (const auto& [name, value] : plan.attributes)
    if (!has_attribute(group, name, value)) fail_to_match(group.place(), "attribute '" + name + "'");
}

}  // namespace invar::record
