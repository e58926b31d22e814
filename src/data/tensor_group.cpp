// See tensor_group.h.
#include "data/tensor_group.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "error.h"

namespace invar::data {
namespace {

/// The bytes of a contiguous dataset, in a file that a link may lead to.
struct Stretch {
  std::string file;
  std::uint64_t begin, end;
  hdf5::Dataset dataset;
};

/// Whether two names lead to one dataset.
bool same_object(const hdf5::Dataset& a, const hdf5::Dataset& b) {
  hobj_ref_t first{}, second{};
  hdf5::checked(H5Rcreate(&first, a.id(), ".", H5R_OBJECT, -1), a.place(), "cannot tell where it is");
  hdf5::checked(H5Rcreate(&second, b.id(), ".", H5R_OBJECT, -1), b.place(), "cannot tell where it is");
  return first == second;
}

}  // namespace

std::vector<WeightTensor> read_tensor_group(const hdf5::Group& group, const std::string& skip) {
  std::vector<WeightTensor> tensors;
  for (const std::string& name : group.names()) {
    if (group.contains_group(name)) {
      if (name == skip) continue;
      throw InputError(to_string(group.group(name).place()) +
                       ": is a group where a tensor is expected; store the tensors side by side, with dots in their "
                       "names, as layers.0.W");
    }
    const hdf5::Dataset dataset = group.dataset(name);
    WeightTensor tensor;
    tensor.name = name;
    tensor.place = dataset.place().object;
    tensor.shape = dataset.shape();
    tensor.values = dataset.read<double>();
    tensor.integers = dataset.kind() != hdf5::Kind::floating;
    if (tensor.values.empty())
      throw InputError(to_string(dataset.place()) + ": is empty, its shape is " + shape_text(tensor.shape) +
                       "; give it numbers");
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void expect_apart(const hdf5::File& file, const std::vector<WeightTensor>& tensors,
                  const std::vector<WeightTensor>& others) {
  std::vector<Stretch> stretches;
  for (const auto* list : {&tensors, &others})
    for (const WeightTensor& tensor : *list) {
      const hdf5::Dataset dataset = file.dataset(tensor.place);
      if (const std::optional<hdf5::Location> at = dataset.location())
        stretches.push_back({at->file, at->begin, at->begin + H5Dget_storage_size(dataset.id()), dataset});
    }
  std::ranges::sort(stretches, {}, [](const Stretch& stretch) { return std::tie(stretch.file, stretch.begin); });
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    const Stretch &before = stretches[i - 1], &here = stretches[i];
    if (here.file == before.file && here.begin < before.end && !same_object(here.dataset, before.dataset))
      throw InputError(to_string(here.dataset.place()) + ": shares bytes of the file with " +
                       before.dataset.place().object + ", so the file is damaged; write it anew");
  }
}

}  // namespace invar::data
