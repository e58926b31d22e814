// See tensor_group.h.
#include "data/tensor_group.h"

#include <algorithm>
#include <optional>

#include "error.h"

namespace invar::data {
namespace {

/// The bytes of a contiguous dataset in the file.
struct Stretch {
  std::uint64_t begin, end;
  const hdf5::Dataset* dataset;
};

std::optional<Stretch> stretch_of(const hdf5::Dataset& dataset) {
  const std::optional<std::uint64_t> begin = dataset.offset();
  if (!begin) return std::nullopt;
  return Stretch{*begin, *begin + H5Dget_storage_size(dataset.id()), &dataset};
}

/// Whether two names lead to one dataset.
bool same_object(const hdf5::Dataset& a, const hdf5::Dataset& b) {
  hobj_ref_t first{}, second{};
  hdf5::checked(H5Rcreate(&first, a.id(), ".", H5R_OBJECT, -1), a.place(), "cannot tell where it is");
  hdf5::checked(H5Rcreate(&second, b.id(), ".", H5R_OBJECT, -1), b.place(), "cannot tell where it is");
  return first == second;
}

void expect_apart(const std::vector<hdf5::Dataset>& datasets) {
  std::vector<Stretch> stretches;
  for (const hdf5::Dataset& dataset : datasets)
    if (const auto stretch = stretch_of(dataset)) stretches.push_back(*stretch);
  std::ranges::sort(stretches, {}, &Stretch::begin);
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    const Stretch &before = stretches[i - 1], &here = stretches[i];
    if (here.begin < before.end && !same_object(*here.dataset, *before.dataset))
      throw InputError(to_string(here.dataset->place()) + ": shares bytes of the file with " + before.dataset->place().object +
                       ", so the file is damaged; write it anew");
  }
}

}  // namespace

std::vector<WeightTensor> read_tensor_group(const hdf5::Group& group, const std::string& skip) {
  std::vector<hdf5::Dataset> datasets;
  std::vector<WeightTensor> tensors;
  for (const std::string& name : group.names()) {
    if (group.contains_group(name)) {
      if (name == skip) continue;
      throw InputError(to_string(group.group(name).place()) +
                       ": is a group where a tensor is expected; store the tensors side by side, with dots in their "
                       "names, as layers.0.W");
    }
    const hdf5::Dataset& dataset = datasets.emplace_back(group.dataset(name));
    WeightTensor tensor;
    tensor.name = name;
    tensor.place = dataset.place().object;
    tensor.shape = dataset.shape();
    tensor.values = dataset.read<double>();
    tensor.integers = dataset.kind() != hdf5::Kind::floating;
    if (tensor.values.empty())
      throw InputError(to_string(dataset.place()) + ": is empty, its shape is " + shape_text(tensor.shape) + "; give it numbers");
    tensors.push_back(std::move(tensor));
  }
  expect_apart(datasets);
  return tensors;
}

}  // namespace invar::data
