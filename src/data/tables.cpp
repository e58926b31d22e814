// See tables.h.
#include "data/tables.h"

#include <algorithm>
#include <cmath>

#include "data/labels.h"
#include "data/named_tensor.h"
#include "data/tensor_group.h"
#include "error.h"
#include "hdf5/file.h"

namespace invar::data {
namespace {

void expect_finite(const std::vector<double>& values, const Shape& shape, const hdf5::Dataset& dataset) {
  const auto bad = std::find_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
  if (bad == values.end()) return;
  throw InputError(to_string(dataset.place()) + index_text(shape, bad - values.begin()) + " is " +
                   nonfinite_text(*bad) + ": replace it, or leave the sample out");
}

/// Shape of one sample: without the first axis, which must be there and hold at least one sample.
Shape sample_shape(const hdf5::Dataset& dataset) {
  const Shape shape = dataset.shape();
  if (shape.empty())
    throw InputError(to_string(dataset.place()) + ": is a scalar: its first axis must count the samples");
  if (elements(shape) == 0)
    throw InputError(to_string(dataset.place()) + ": is empty, its shape is " + shape_text(shape) +
                     ": give at least one sample");
  return Shape(shape.begin() + 1, shape.end());
}

void read_labels(const hdf5::Dataset& y, Samples& samples) {
  const ClassNumbers labels = read_class_numbers(y, samples.count, "store targets as floating-point numbers");
  samples.labels = true;
  samples.classes = labels.classes;
  samples.y = rows_of(samples.count, {labels.first.begin(), labels.first.end()});
}

Samples read_samples(const hdf5::File& file, const SampleCount& wanted) {
  for (const char* path : {"/data/x", "/data/y"})
    if (!file.names_one(path))
      throw InputError(file.place().file + ": " + path +
                       " is missing: the data are /data/x [samples, …] and /data/y, as many numbers or labels");
  const hdf5::Dataset x = file.dataset("/data/x");
  const hdf5::Dataset y = file.dataset("/data/y");
  Samples samples;
  samples.x_shape = sample_shape(x);
  samples.y_shape = sample_shape(y);
  const std::int64_t available = x.shape().front();
  if (y.shape().front() != available) {
    throw InputError(file.place().file + ": /data/x " + shape_text(x.shape()) + " and /data/y " +
                     shape_text(y.shape()) +
                     " disagree in the number of samples, their first extent: give as many targets as inputs");
  }
  samples.count = taken(wanted, available, file.place().file);
  const auto numbers = [&](const hdf5::Dataset& dataset) {
    std::vector<double> read = dataset.read_first<double>(samples.count);
    expect_finite(read, dataset.shape(), dataset);
    return rows_of(samples.count, std::move(read));
  };
  samples.x = numbers(x);
  if (y.kind() == hdf5::Kind::integer || y.kind() == hdf5::Kind::boolean) {
    read_labels(y, samples);
  } else {
    samples.y = numbers(y);
  }
  samples.description = file.place().file + ": first " + std::to_string(samples.count) + " samples";
  return samples;
}

std::optional<double> read_time(const hdf5::File& file) {
  const hdf5::Group& root = file;
  const bool below = file.contains_group("/expected/at_T") && file.group("/expected/at_T").has_attribute("T");
  if (!below && !root.has_attribute("T")) return std::nullopt;
  const double time = below ? file.group("/expected/at_T").attribute<double>("T") : root.attribute<double>("T");
  if (!(time > 0.0) || !std::isfinite(time)) {
    throw InputError(file.place().file + ": " + (below ? "/expected/at_T" : "/") + ": attribute 'T' is " +
                     std::to_string(time) + ": the end time must be positive and finite");
  }
  return time;
}

const WeightTensor* find(const std::vector<WeightTensor>& tensors, const std::string& name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const WeightTensor& t) { return t.name == name; });
  return found == tensors.end() ? nullptr : &*found;
}

}  // namespace

const WeightTensor* Problem::parameter(const std::string& name) const {
  return find(parameters, name);
}
const WeightTensor* Problem::constant(const std::string& name) const {
  return find(constants, name);
}

Samples load_hdf5(const std::filesystem::path& path, const SampleCount& samples) {
  return read_samples(hdf5::File::open(path), samples);
}

Problem load_problem(const std::filesystem::path& path, const SampleCount& samples) {
  const hdf5::File file = hdf5::File::open(path);
  Problem problem;
  problem.parameters = read_tensor_group(file.group("/parameters"));
  if (problem.parameters.empty())
    throw InputError(file.place().file + ": /parameters: is empty: a problem needs a start");
  if (file.names_one("/constants")) problem.constants = read_tensor_group(file.group("/constants"));
  expect_apart(file, problem.parameters, problem.constants);
  problem.samples = read_samples(file, samples);
  problem.time = read_time(file);
  return problem;
}

}  // namespace invar::data
