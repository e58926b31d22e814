// Data out of HDF5 files. /data/x [samples, …] and /data/y [samples, …]; integer y are labels 0, 1, … Values are taken
// as they are: nothing is standardised. A problem file also has /parameters/NAME (the start), /constants/NAME (frozen
// tensors) and the flow's end time: attribute T of /expected/at_T or of the root.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/named_tensor.h"

namespace invar::data {

struct Problem {
  std::vector<WeightTensor> parameters;  // sorted by name
  std::vector<WeightTensor> constants;   // sorted by name
  Samples samples;
  std::optional<double> time;

  /// Null where there is none of this name.
  const WeightTensor* parameter(const std::string& name) const;
  const WeightTensor* constant(const std::string& name) const;
};

Samples load_hdf5(const std::filesystem::path& path, const SampleCount& samples = {});
Problem load_problem(const std::filesystem::path& path, const SampleCount& samples = {});

}  // namespace invar::data
