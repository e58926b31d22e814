#include "problem/weights.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "behind_links.h"
#include "data/safetensors.h"
#include "data/weight_file.h"
#include "error.h"

namespace invar {
namespace {

std::filesystem::path file_of(const std::string& folder, std::int64_t run) {
  char name[32];
  std::snprintf(name, sizeof name, "run%04d.safetensors", static_cast<int>(run));
  return std::filesystem::path(folder) / name;
}

bool holds_exactly_in_float(const std::vector<double>& values) {
  return std::ranges::all_of(values,
                             [](double value) { return static_cast<double>(static_cast<float>(value)) == value; });
}

}  // namespace

void make_weights_folder(const std::string& folder) {
  const auto fail = [&](const std::string& problem) {
    throw InputError("save-weights: '" + folder + "' " + problem + "; give a folder that can be written to");
  };
  std::error_code error;
  std::filesystem::create_directories(behind_links(folder), error);  // of a link: what it names
  if (error) fail("cannot be made: " + error.message());
  if (!std::filesystem::is_directory(folder, error)) fail("is no folder");
  std::string probe = (std::filesystem::path(folder) / ".invar-XXXXXX").string();
  const int descriptor = ::mkstemp(probe.data());
  if (descriptor < 0) fail(std::string("takes no file: ") + std::strerror(errno));
  ::close(descriptor);
  ::unlink(probe.c_str());
}

void expect_weights_replaceable(const Configuration& configuration, std::size_t runs, const ReadLog& read) {
  std::error_code error;
  for (std::size_t run = 0; run < runs; ++run) {
    const std::filesystem::path file = file_of(configuration.save_weights, static_cast<std::int64_t>(run));
    behind_links(file);  // that can be followed, before anything runs
    if (std::filesystem::weakly_canonical(file, error) ==
        std::filesystem::weakly_canonical(configuration.output, error))
      throw InputError("save-weights: '" + file.string() + "' is the output; give another folder");
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) continue;
    if (std::filesystem::is_directory(file, error))
      throw InputError("save-weights: '" + file.string() + "' is a folder; give another folder for the weights");
    if (read.contains(file))
      throw InputError("save-weights: '" + file.string() +
                       "' is what --weights or --data reads, and a run would replace it; give another folder");
    if (!configuration.force)
      throw InputError("save-weights: '" + file.string() +
                       "' exists already; give another folder, or replace what is in it with --force");
  }
}

void save_weights(const std::string& folder, std::int64_t run, const Problem& problem, const std::vector<double>& theta,
                  bool in_double, std::map<std::string, std::string> metadata) {
  using enum data::WeightFormat;
  std::vector<data::SavedTensor> tensors;
  for (const Tensor& tensor : problem.block.parameters.tensors()) {
    const auto begin = theta.begin() + tensor.offset;
    tensors.push_back({{tensor.name, tensor.shape, {begin, begin + tensor.size}}, in_double ? float64 : float32});
  }
  for (const Constant& constant : problem.constants)
    tensors.push_back({{constant.name, constant.shape, *constant.values},
                       holds_exactly_in_float(*constant.values) ? float32 : float64});
  metadata["format"] = "pt";  // which readers of models ask for
  data::save_safetensors(file_of(folder, run), tensors, std::move(metadata));
}

void drop_weights(const std::string& folder, std::int64_t run) {
  std::error_code ignored;
  std::filesystem::remove(file_of(folder, run), ignored);
}

}  // namespace invar
