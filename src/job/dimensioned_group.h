// A group of an HDF5 file as xarray reads one: datasets over named dimensions, with units and long names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hdf5/file.h"

namespace invar {

class DimensionedGroup {
 public:
  explicit DimensionedGroup(hdf5::Group group) : group_(std::move(group)) {}

  const hdf5::Group& group() const { return group_; }

  /// A dimension, named after its coordinate: texts, or 0 … extent − 1.
  void dimension(const std::string& name, const std::string& long_name, const std::vector<std::string>& values);
  void dimension(const std::string& name, const std::string& long_name, std::int64_t extent);

  /// Over dimensions that are there, row-major.
  void numbers(const std::string& name, const std::string& units, const std::string& long_name,
               const std::vector<std::string>& dimensions, const std::vector<double>& values);
  void integers(const std::string& name, const std::string& units, const std::string& long_name,
                const std::vector<std::string>& dimensions, const std::vector<std::int64_t>& values);
  void texts(const std::string& name, const std::string& long_name, const std::vector<std::string>& dimensions,
             const std::vector<std::string>& values);

 private:
  hdf5::Shape shape(const std::vector<std::string>& dimensions) const;
  void attach(const hdf5::Dataset& dataset, const std::vector<std::string>& dimensions) const;
  void make_scale(const hdf5::Dataset& dataset, const std::string& name);

  hdf5::Group group_;
  std::map<std::string, hdf5::Dataset> scales_;
};

}  // namespace invar
