// What schema 1 has in its own way: attributes in which a group says everything, and texts as single characters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hdf5/file.h"
#include "record/description.h"

namespace invar {

/// The first of what a dataset holds. InputError where it is empty.
template <class T>
T first_of(const std::vector<T>& values, const hdf5::Dataset& dataset) {
  if (values.empty()) hdf5::fail(dataset.place(), "is empty: the file is damaged; get a complete copy");
  return values.front();
}

/// Texts of a dataset, whether it has them as such or as characters [shape…, width].
std::vector<std::string> old_texts(const hdf5::Dataset& dataset);

/// All attributes that are texts or single numbers.
record::Attributes old_attributes(const hdf5::Object& object);

/// The file's own: version, date, configuration, …; what else it says goes into `more`.
record::FileDescription old_description(const hdf5::File& file);

/// Letters of the axes of the tensors in a block's text, by name; empty where it cannot be read any more.
std::map<std::string, std::vector<std::string>> old_axes(const record::Attributes& attributes);

}  // namespace invar
