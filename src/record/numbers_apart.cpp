// A dataset whose axes are all numbered is there itself, under a second name. Where the coordinate of an axis is texts
// there is a view of it, over an axis of the same name that counts: netCDF and xarray look for the scale of an axis
// beside the dataset or above, and refuse the group, netCDF the whole file, that has none.
#include "record/numbers_apart.h"

#include <hdf5_hl.h>

#include <algorithm>

namespace invar::record {
namespace {

/// The axis beside the views: that of the group, or one that counts what it names.
hdf5::Dataset numbered(const hdf5::File& file, const GroupPlan& plan, const std::string& apart, const std::string& axis,
                       std::int64_t extent) {
  const std::string path = apart + "/" + axis;
  if (file.contains(path)) return file.dataset(path);
  const DatasetPlan scale = counted_scale(axis, "number of the entry along " + plan.path + "/" + axis, extent);
  hdf5::Dataset dataset = file.create_dataset(path, hdf5::Type::of<std::int64_t>(), scale.shape);
  dataset.write<std::int64_t>(std::get<std::vector<std::int64_t>>(scale.initial));
  hdf5::checked(H5DSset_scale(dataset.id(), axis.c_str()), dataset.place(), "cannot make it a dimension scale");
  dataset.set_attribute("units", scale.units);
  dataset.set_attribute("description", scale.description);
  return dataset;
}

void add_view(const hdf5::File& file, const GroupPlan& plan, const DatasetPlan& planned, const std::string& apart) {
  const hdf5::Dataset view = file.view(file.dataset(plan.path + "/" + planned.name), apart + "/" + planned.name);
  for (std::size_t axis = 0; axis < planned.axes.size(); ++axis)
    hdf5::checked(H5DSattach_scale(view.id(), numbered(file, plan, apart, planned.axes[axis], planned.shape[axis]).id(),
                                   static_cast<unsigned>(axis)),
                  view.place(), "cannot attach a dimension scale");
  view.set_attribute("units", planned.units);
  view.set_attribute("description", planned.description);
}

}  // namespace

void put_numbers_apart(const hdf5::File& file, const GroupPlan& plan) {
  const std::string apart = "/_numbers" + plan.path;
  // First the axes that are there: a view may stand along one of them too.
  for (const bool views : {false, true})
    for (const DatasetPlan& dataset : plan.datasets) {
      if (is_text(dataset) || has_axis_of_texts(plan, dataset) != views) continue;
      if (!views)
        file.link(plan.path + "/" + dataset.name, apart + "/" + dataset.name);
      else if (dataset.elements() > 0)
        add_view(file, plan, dataset, apart);
    }
}

}  // namespace invar::record
