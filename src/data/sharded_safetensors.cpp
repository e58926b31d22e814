// See sharded_safetensors.h.
#include "data/sharded_safetensors.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "data/safetensors.h"
#include "error.h"
#include "read_log.h"

namespace invar::data {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::filesystem::path& index, const std::string& problem) {
  throw InputError(index.string() + ": " + problem + "; give the index and the shards as they were saved together");
}

/// Tensor → shard.
std::map<std::string, std::string> weight_map(const std::filesystem::path& index) {
  std::ifstream file(index, std::ios::binary);
  if (!file) throw InputError(index.string() + ": cannot be read; give an index of safetensors");
  ReadLog::note(index);
  // The keys of the objects around what is read: a parser alone would keep one of two values.
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      fail(index, "has the key " + value.get<std::string>() + " twice");
    return true;
  };
  try {
    const Json content = Json::parse(file, watch);
    return content.at("weight_map").get<std::map<std::string, std::string>>();
  } catch (const nlohmann::json::exception& error) {
    fail(index, std::string("is no index of safetensors, which has a weight_map of names (") + error.what() + ")");
  }
}

}  // namespace

std::vector<WeightTensor> load_sharded_safetensors(const std::filesystem::path& index) {
  const std::map<std::string, std::string> shard_of = weight_map(index);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  std::vector<WeightTensor> all;
  std::set<std::string> found;
  for (const std::string& shard : shards) {
    const std::filesystem::path name(shard), path = index.parent_path() / name;
    if (name.empty() || name != name.filename() || shard == "..")
      fail(index, "names the shard '" + shard + "', and shards lie beside their index");
    if (name.extension() != ".safetensors")
      throw InputError(index.string() + ": its shards, as " + shard +
                       ", are no files of safetensors; save the model with safe_serialization=True");
    std::error_code error;
    if (!std::filesystem::exists(path, error)) fail(index, "names the shard " + shard + ", which is not there");
    if (!std::filesystem::is_regular_file(path, error)) fail(index, "names the shard " + shard + ", which is no file");
    for (WeightTensor& tensor : load_safetensors(path)) {
      const auto said = shard_of.find(tensor.name);
      if (said == shard_of.end()) fail(index, "lacks " + tensor.name + ", which " + shard + " has");
      if (said->second != shard)
        fail(index, "has " + tensor.name + " in " + said->second + ", and " + shard + " has one, too");
      found.insert(tensor.name);
      all.push_back(std::move(tensor));
    }
  }
  for (const auto& [tensor, shard] : shard_of)
    if (!found.contains(tensor)) fail(index, "has " + tensor + " in " + shard + ", which lacks it");
  std::ranges::sort(all, {}, &WeightTensor::name);
  return all;
}

}  // namespace invar::data
