// See dataset_plan.h.
#include "record/dataset_plan.h"

#include <algorithm>
#include <numeric>

namespace invar::record {

std::int64_t DatasetPlan::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::int64_t DatasetPlan::element_bytes() const {
  switch (element) {
    case Element::text:
      return 16;  // length, place in the heap
    case Element::fixed_text:
      return width;
    default:
      return 8;
  }
}

DatasetPlan& GroupPlan::add(DatasetPlan dataset) {
  datasets.push_back(std::move(dataset));
  return datasets.back();
}

DatasetPlan number(std::string name, std::string_view units, std::string_view description) {
  DatasetPlan plan;
  plan.name = std::move(name);
  plan.units = units;
  plan.description = description;
  return plan;
}

DatasetPlan integer(std::string name, std::string_view units, std::string_view description) {
  DatasetPlan plan = number(std::move(name), units, description);
  plan.element = Element::integer;
  return plan;
}

DatasetPlan texts(std::string name, std::string_view description, std::vector<std::string> values) {
  DatasetPlan plan = number(std::move(name), "1", description);
  plan.element = Element::text;
  plan.shape = {static_cast<std::int64_t>(values.size())};
  plan.initial = std::move(values);
  return plan;
}

DatasetPlan late_texts(std::string name, std::string_view description, std::int64_t width,
                       std::vector<std::string> values) {
  DatasetPlan plan = number(std::move(name), "1", description);
  plan.element = Element::fixed_text;
  plan.width = width;
  plan.initial = std::move(values);
  plan.late = true;
  return plan;
}

DatasetPlan along(DatasetPlan plan, std::vector<std::string> axes, std::vector<std::int64_t> shape) {
  plan.axes = std::move(axes);
  plan.shape = std::move(shape);
  return plan;
}

DatasetPlan dimension(std::string name, std::string_view description, std::int64_t extent) {
  DatasetPlan plan = along(number(std::move(name), "1", description), {}, {extent});
  plan.scale = Scale::dimension;
  return plan;
}

DatasetPlan scale(std::string name, std::string_view description, std::vector<std::string> values) {
  DatasetPlan plan = texts(std::move(name), description, std::move(values));
  plan.scale = Scale::coordinate;
  return plan;
}

DatasetPlan scale(std::string name, std::string_view description, std::vector<std::int64_t> values) {
  const auto extent = static_cast<std::int64_t>(values.size());
  DatasetPlan plan = along(integer(std::move(name), "1", description), {}, {extent});
  plan.initial = std::move(values);
  plan.scale = Scale::coordinate;
  return plan;
}

DatasetPlan counted_scale(std::string name, std::string_view description, std::int64_t extent) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(extent));
  std::iota(values.begin(), values.end(), 0);
  return scale(std::move(name), description, std::move(values));
}

bool is_text(const DatasetPlan& dataset) {
  return dataset.element == Element::text || dataset.element == Element::fixed_text;
}

bool has_axis_of_texts(const GroupPlan& group, const DatasetPlan& dataset) {
  return std::ranges::any_of(dataset.axes, [&](const std::string& axis) {
    return std::ranges::any_of(group.datasets,
                               [&](const DatasetPlan& one) { return one.name == axis && is_text(one); });
  });
}

}  // namespace invar::record
