// See weight_file.h.
#include "data/weight_file.h"

#include <algorithm>
#include <optional>

#include "data/foreign_weights.h"
#include "data/results_weights.h"
#include "data/safetensors.h"
#include "data/sharded_safetensors.h"
#include "data/tensor_group.h"
#include "error.h"

namespace invar::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParameters = "parameters", kConstants = "constants",
                           kIndex = "model.safetensors.index.json";

/// "results.h5:runs/0003/end" as a file and a group, which is "" where none is named.
std::pair<std::string, std::string> split(const std::string& place) {
  std::error_code ignored;
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos || fs::exists(place, ignored)) return {place, ""};
  return {place.substr(0, colon), place.substr(colon + 1)};
}

std::string group_text(std::string group) {
  while (group.ends_with('/')) group.pop_back();
  while (group.starts_with('/')) group.erase(0, 1);
  return "/" + group;
}

/// Of a results file of schema 1, which has a group for each run, and its status as single characters.
void expect_ended_run(const hdf5::File& file, const std::string& parent, const std::string& group) {
  const bool of_results = file.has_attribute("schema") && file.contains_dataset(parent + "/status");
  if (group != parent + "/end" || !of_results) return;
  std::string status;
  for (const std::string& character : file.dataset(parent + "/status").read_text()) status += character;
  expect_ended(file.group(group).place(), status, parent.substr(1) + "/start");
}

WeightFile load_hdf5(const std::string& path, const std::string& named) {
  const hdf5::File file = hdf5::File::open(path);
  const std::string group = group_text(named.empty() ? std::string(kParameters) : named);
  if (std::optional<WeightFile> run = load_run_weights(file, group)) {
    expect_apart(file, run->tensors);
    return std::move(*run);
  }
  expect_one_run(file, group);
  if (!file.contains_group(group)) {
    const std::vector<std::string> tops = file.names();
    const bool at_the_top =
        std::ranges::any_of(tops, [&](const std::string& name) { return !file.contains_group(name); });
    throw InputError("weights: '" + path + "' has no group " + group.substr(1) +
                     "; give one that holds the tensors, for example " + path +
                     (at_the_top && !file.has_attribute("schema") ? ":/" : ":runs/0000/end"));
  }
  if (file.contains_group(group + "/end") && file.contains_group(group + "/start"))
    throw InputError("weights: " + group.substr(1) + " of '" + path + "' is a run; give its tensors, " + path + ":" +
                     group.substr(1) + "/end or /start");
  const std::string parent = group.substr(0, group.rfind('/')), constants = parent + "/" + std::string(kConstants);
  expect_ended_run(file, parent, group);
  WeightFile found{path, group == "/" ? group : group + "/", {}};
  found.tensors = read_tensor_group(file.group(group), group == "/" ? std::string(kConstants) : "");
  if (group != constants && file.contains_group(constants))
    for (WeightTensor& tensor : read_tensor_group(file.group(constants))) found.tensors.push_back(std::move(tensor));
  expect_apart(file, found.tensors);
  return found;
}

}  // namespace

fs::path weight_path(const std::string& place) {
  return split(place).first;
}

WeightFile load_weight_file(const std::string& place) {
  const auto [path, group] = split(place);
  const WeightKind kind = weight_kind(path);
  if (kind == WeightKind::hdf5) return load_hdf5(path, group);
  if (!group.empty())
    throw InputError("weights: '" + place + "' names the group " + group + ", and " + path +
                     " is no HDF5 file, so it has none; leave :" + group + " out");
  if (kind == WeightKind::safetensors) return {path, "", load_safetensors(path)};
  std::error_code ignored;
  const fs::path index = fs::is_directory(path, ignored) ? fs::path(path) / kIndex : fs::path(path);
  return {path, "", load_sharded_safetensors(index)};
}

}  // namespace invar::data
