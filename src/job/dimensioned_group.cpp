#include "job/dimensioned_group.h"

#include <hdf5_hl.h>

#include <numeric>

namespace invar {
namespace {

void label(const hdf5::Dataset& dataset, const std::string& units, const std::string& long_name) {
  dataset.set_attribute("units", units);
  dataset.set_attribute("long_name", long_name);
}

}  // namespace

void DimensionedGroup::make_scale(const hdf5::Dataset& dataset, const std::string& name) {
  hdf5::checked(H5DSset_scale(dataset.id(), name.c_str()), dataset.place(), "cannot make it a dimension scale");
  scales_.emplace(name, dataset);
}

void DimensionedGroup::dimension(const std::string& name, const std::string& long_name,
                                 const std::vector<std::string>& values) {
  const hdf5::Dataset dataset = group_.write_text(name, {static_cast<std::int64_t>(values.size())}, values);
  dataset.set_attribute("long_name", long_name);
  make_scale(dataset, name);
}

void DimensionedGroup::dimension(const std::string& name, const std::string& long_name, std::int64_t extent) {
  std::vector<std::int64_t> values(static_cast<std::size_t>(extent));
  std::iota(values.begin(), values.end(), 0);
  const hdf5::Dataset dataset = group_.write<std::int64_t>(name, {extent}, values);
  label(dataset, "1", long_name);
  make_scale(dataset, name);
}

hdf5::Shape DimensionedGroup::shape(const std::vector<std::string>& dimensions) const {
  hdf5::Shape result;
  for (const std::string& dimension : dimensions) result.push_back(scales_.at(dimension).size());
  return result;
}

void DimensionedGroup::attach(const hdf5::Dataset& dataset, const std::vector<std::string>& dimensions) const {
  for (std::size_t axis = 0; axis < dimensions.size(); ++axis)
    hdf5::checked(H5DSattach_scale(dataset.id(), scales_.at(dimensions[axis]).id(), static_cast<unsigned>(axis)),
                  dataset.place(), "cannot attach a dimension scale");
}

void DimensionedGroup::numbers(const std::string& name, const std::string& units, const std::string& long_name,
                               const std::vector<std::string>& dimensions, const std::vector<double>& values) {
  const hdf5::Dataset dataset = group_.write<double>(name, shape(dimensions), values);
  label(dataset, units, long_name);
  attach(dataset, dimensions);
}

void DimensionedGroup::integers(const std::string& name, const std::string& units, const std::string& long_name,
                                const std::vector<std::string>& dimensions, const std::vector<std::int64_t>& values) {
  const hdf5::Dataset dataset = group_.write<std::int64_t>(name, shape(dimensions), values);
  label(dataset, units, long_name);
  attach(dataset, dimensions);
}

void DimensionedGroup::texts(const std::string& name, const std::string& long_name,
                             const std::vector<std::string>& dimensions, const std::vector<std::string>& values) {
  const hdf5::Dataset dataset = group_.write_text(name, shape(dimensions), values);
  dataset.set_attribute("long_name", long_name);
  attach(dataset, dimensions);
}

}  // namespace invar
