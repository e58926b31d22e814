// See tensor_group.h.
#include "data/tensor_group.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "error.h"
#include "hdf5/stored.h"
#include "hdf5/stretches.h"

namespace invar::data {
namespace {

/// Bytes of a dataset, in a file that a link may lead to.
struct Owned : hdf5::Stretch {
  hdf5::Dataset dataset;
};

/// Of a dataset, whatever names lead to it.
std::pair<std::string, hobj_ref_t> identity(const hdf5::Dataset& dataset) {
  hobj_ref_t object{};
  hdf5::checked(H5Rcreate(&object, dataset.id(), ".", H5R_OBJECT, -1), dataset.place(), "cannot tell where it is");
  return {stored_place(dataset).file, object};
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
  std::vector<Owned> all;
  std::set<std::pair<std::string, hobj_ref_t>> seen;
  for (const auto* list : {&tensors, &others})
    for (const WeightTensor& tensor : *list) {
      const hdf5::Dataset dataset = file.dataset(tensor.place);
      if (!seen.insert(identity(dataset)).second) continue;
      for (const hdf5::Stretch& stretch : hdf5::stretches(dataset)) all.push_back({stretch, dataset});
    }
  std::ranges::sort(all, {}, [](const Owned& owned) { return std::tie(owned.file, owned.begin); });
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Owned &before = all[i - 1], &here = all[i];
    if (here.file == before.file && here.begin - before.begin < before.bytes)
      throw InputError(to_string(here.dataset.place()) + ": shares bytes of the file " + here.file + " with " +
                       before.dataset.place().object + ", so the numbers of one are wrong; write the weights anew");
  }
}

}  // namespace invar::data
