#include "experiments/weights.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "data/safetensors.h"
#include "error.h"
#include "hdf5/file.h"
#include "tensor/extents.h"

namespace invar {
namespace {

constexpr std::string_view kParameters = "parameters";

/// "results.h5:runs/0003/end" as a file and a group; the group is "parameters" where none is named.
std::pair<std::string, std::string> split(const std::string& place) {
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(place)) return {place, std::string(kParameters)};
  return {place.substr(0, colon), place.substr(colon + 1)};
}

std::vector<data::NamedTensor> load_group(const std::string& path, const std::string& name) {
  const hdf5::File file = hdf5::File::open(path);
  if (!file.contains_group(name))
    throw InputError("weights: '" + path + "' has no group " + name +
                     "; give one that holds the tensors, for example " + path + ":runs/0000/end");
  const hdf5::Group group = file.group(name);
  std::vector<data::NamedTensor> tensors;
  for (const std::string& tensor : group.names()) {
    const hdf5::Dataset dataset = group.dataset(tensor);
    tensors.push_back({tensor, dataset.shape(), dataset.read<double>()});
  }
  return tensors;
}

}  // namespace

std::vector<double> named_start(const Block& block, const std::vector<data::NamedTensor>& tensors,
                                const std::string& file, std::string_view prefix) {
  std::vector<double> theta;
  for (const Tensor& tensor : block.parameters.tensors()) {
    const auto found = std::ranges::find(tensors, tensor.name, &data::NamedTensor::name);
    if (found == tensors.end())
      throw InputError(file + ": " + std::string(prefix) + tensor.name + " is missing; the block has a parameter " +
                       tensor.name + " " + shape_text(tensor.shape));
    if (found->shape != tensor.shape)
      throw InputError(file + ": " + std::string(prefix) + tensor.name + " has the shape " +
                       data::shape_text(found->shape) + ", the block's " + shape_text(tensor.shape) +
                       "; choose sizes with --set, or other weights");
    const auto bad = std::ranges::find_if(found->values, [](double value) { return !std::isfinite(value); });
    if (bad != found->values.end())
      throw InputError(file + ": " + std::string(prefix) + tensor.name + ": element " +
                       std::to_string(bad - found->values.begin()) + " of " + std::to_string(found->values.size()) +
                       " is " + std::to_string(*bad) + "; no gradient is finite from there: give finite weights");
    theta.insert(theta.end(), found->values.begin(), found->values.end());
  }
  return theta;
}

std::vector<double> load_weights(const std::string& place, const Block& block) {
  const auto [path, group] = split(place);
  const bool safe = std::filesystem::path(path).extension() == ".safetensors";
  const std::vector<data::NamedTensor> tensors = safe ? data::load_safetensors(path) : load_group(path, group);
  std::vector<double> theta = named_start(block, tensors, path, safe ? "" : "/" + group + "/");
  for (const data::NamedTensor& tensor : tensors)
    if (std::ranges::find(block.parameters.tensors(), tensor.name, &Tensor::name) == block.parameters.tensors().end())
      throw InputError(path + ": has a tensor " + tensor.name + " " + data::shape_text(tensor.shape) +
                       ", which the block lacks; choose its options with --set, or other weights");
  return theta;
}

void make_weights_folder(const std::string& folder) {
  const auto fail = [&](const std::string& problem) {
    throw InputError("save-weights: '" + folder + "' " + problem + "; give a folder that can be written to");
  };
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("cannot be made: " + error.message());
  if (!std::filesystem::is_directory(folder, error)) fail("is no folder");
  std::string probe = (std::filesystem::path(folder) / ".invar-XXXXXX").string();
  const int descriptor = ::mkstemp(probe.data());
  if (descriptor < 0) fail(std::string("takes no file: ") + std::strerror(errno));
  ::close(descriptor);
  ::unlink(probe.c_str());
}

void save_weights(const std::string& folder, std::int64_t run, const Block& block, const std::vector<double>& theta,
                  bool in_double, const std::string& model) {
  std::vector<data::NamedTensor> tensors;
  for (const Tensor& tensor : block.parameters.tensors()) {
    const auto begin = theta.begin() + tensor.offset;
    tensors.push_back({tensor.name, tensor.shape, {begin, begin + tensor.size}});
  }
  char name[32];
  std::snprintf(name, sizeof name, "run%04d.safetensors", static_cast<int>(run));
  data::save_safetensors(std::filesystem::path(folder) / name, tensors,
                         in_double ? data::WeightFormat::float64 : data::WeightFormat::float32,
                         {{"format", "invar"}, {"model", model}});
}

}  // namespace invar
