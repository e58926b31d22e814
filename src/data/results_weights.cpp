// See results_weights.h.
#include "data/results_weights.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <charconv>

#include "error.h"

namespace invar::data {
namespace {

/// A run of a results file: its group and its place along the axis run.
struct Found {
  std::string group;
  std::int64_t index = 0;
};

bool of_this_schema(const hdf5::File& file) {
  return file.has_attribute("schema") && file.attribute<std::int64_t>("schema") == 2;
}

std::vector<std::string> groups_of_runs(const hdf5::File& file) {
  std::vector<std::string> groups;
  for (const std::string& name : file.names())
    if (file.contains_group(name) && file.contains_dataset(name + "/valid_rows")) groups.push_back("/" + name);
  return groups;
}

Found find_run(const hdf5::File& file, std::int64_t wanted) {
  std::int64_t count = 0;
  for (const std::string& group : groups_of_runs(file)) {
    const std::vector<std::int64_t> numbers = file.dataset(group + "/number").read<std::int64_t>();
    const auto found = std::ranges::find(numbers, wanted);
    if (found != numbers.end()) return {group, found - numbers.begin()};
    count += std::ssize(numbers);
  }
  throw InputError("weights: '" + file.place().file + "' has no run " + std::to_string(wanted) + "; it has " +
                   std::to_string(count) + " runs, the first :runs/0/end");
}

/// All tensors at and below a group; along the axis run, where they have it, those of one run.
void read_tensors(const hdf5::File& file, const std::string& path, const std::string& scope, std::int64_t index,
                  std::vector<WeightTensor>& tensors) {
  const hdf5::Group group = file.group(path);
  const bool has_runs = group.contains_dataset("run");
  for (const std::string& name : group.names()) {
    if (group.contains_group(name)) {
      read_tensors(file, path + "/" + name, scope + name + ".", index, tensors);
      continue;
    }
    const hdf5::Dataset dataset = group.dataset(name);
    if (H5DSis_scale(dataset.id()) > 0) continue;
    WeightTensor tensor;
    tensor.name = dataset.has_attribute("tensor") ? dataset.text_attribute("tensor") : scope + name;
    tensor.place = path + "/" + name;
    tensor.shape = dataset.shape();
    tensor.values = has_runs ? dataset.read_part<double>(index, 1) : dataset.read<double>();
    if (has_runs) tensor.shape.erase(tensor.shape.begin());
    tensors.push_back(std::move(tensor));
  }
}

}  // namespace

void expect_ended(const hdf5::Place& place, const std::string& status, const std::string& start) {
  for (const char* good : {"finished", "stopped", "truncated", "interrupted"})
    if (status == good) return;
  throw InputError(to_string(place) + ": the run is marked '" + status +
                   "', so these are no weights at its end; resume the job where it is not done, or give " + start +
                   " or another run");
}

std::optional<WeightFile> load_run_weights(const hdf5::File& file, const std::string& group) {
  constexpr std::string_view kRuns = "/runs/";
  if (!of_this_schema(file) || !group.starts_with(kRuns)) return std::nullopt;
  const std::size_t slash = group.find('/', kRuns.size());
  const std::string digits = group.substr(kRuns.size(), slash - kRuns.size()),
                    set = slash == std::string::npos ? "" : group.substr(slash + 1);
  std::int64_t wanted = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), wanted);
  if (error != std::errc() || end != digits.data() + digits.size() || (set != "start" && set != "end"))
    throw InputError("weights: " + group.substr(1) + " of '" + file.place().file +
                     "' names no run's parameters; give for example :runs/0/end or :runs/0/start");
  const Found run = find_run(file, wanted);
  const std::string tensors = run.group + "/" + set, constants = run.group + "/constants";
  if (!file.contains_group(tensors))
    throw InputError("weights: '" + file.place().file +
                     "' holds no parameters, for it was made with --no-parameters; give another file");
  const std::string status = file.dataset(run.group + "/status").read_text().at(static_cast<std::size_t>(run.index));
  if (status == "pending")
    throw InputError("weights: run " + digits + " of '" + file.place().file +
                     "' has not begun, so it has no parameters yet; resume the job, or give another run");
  if (set == "end") expect_ended(file.group(tensors).place(), status, "runs/" + digits + "/start");
  WeightFile found{file.place().file, tensors + "/", {}};
  read_tensors(file, tensors, "", run.index, found.tensors);
  if (file.contains_group(constants)) read_tensors(file, constants, "", run.index, found.tensors);
  return found;
}

void expect_one_run(const hdf5::File& file, const std::string& group) {
  if (!of_this_schema(file)) return;
  for (const std::string& runs : groups_of_runs(file)) {
    if (group != runs && !group.starts_with(runs + "/")) continue;
    const std::int64_t first = file.dataset(runs + "/number").read<std::int64_t>().front();
    const bool start = group.starts_with(runs + "/start");
    throw InputError("weights: " + group.substr(1) + " of '" + file.place().file + "' is of several runs; give one, " +
                     file.place().file + ":runs/" + std::to_string(first) + (start ? "/start" : "/end"));
  }
}

}  // namespace invar::data
