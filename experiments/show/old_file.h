// What schema 1 has in its own way: attributes in which a group says everything, and texts as single characters.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hdf5/file.h"
#include "record/description.h"

namespace invar {

/// Texts of a dataset, whether it has them as such or as characters [shape…, width].
std::vector<std::string> old_texts(const hdf5::Dataset& dataset);

/// All attributes that are texts or single numbers.
record::Attributes old_attributes(const hdf5::Object& object);

/// The file's own: version, date, configuration, …; what else it says goes into `more`.
record::FileDescription old_description(const hdf5::File& file);

/// Letters of the axes of the tensors in a block's text, by name; empty where it cannot be read any more.
std::map<std::string, std::vector<std::string>> old_axes(const record::Attributes& attributes);

}  // namespace invar
