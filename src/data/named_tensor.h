// Tensors with names, as files hold them.
#pragma once

#include <string>
#include <vector>

#include "data/samples.h"

namespace invar::data {

struct NamedTensor {
  std::string name;
  Shape shape;
  std::vector<double> values;  // row-major
};

/// A tensor out of a file.
struct WeightTensor : NamedTensor {
  std::string place;      // where the file has it, for messages: "/parameters/W"
  bool integers = false;  // stored as integers: fit for indices, not for parameters
};

/// The tensors of a file, of all its parts where it has several.
struct WeightFile {
  std::string name;    // the path, as it was given
  std::string prefix;  // what stands before the name of a tensor that it lacks: "/parameters/"
  std::vector<WeightTensor> tensors;
};

/// "NaN", "infinity", "-infinity".
std::string nonfinite_text(double value);

/// "[3, 0, 2]": where the element at `offset` of a row-major array stands.
std::string index_text(const Shape& shape, std::int64_t offset);

}  // namespace invar::data
