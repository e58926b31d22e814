#include "problem/adopted_names.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace invar {
namespace {

using data::WeightTensor;
using Names = std::set<std::string, std::less<>>;

// The names by which Hugging Face's transformers stores what follows from the sizes alone: the score of a masked
// position, the angles of rotary positions, and GPT-2's causal masks [1 1 n n], whose name a bias could have.
constexpr std::array<std::string_view, 3> kNoParameters{".attn.masked_bias", ".rotary_emb.inv_freq",
                                                        ".rotary_emb.original_inv_freq"};
constexpr std::string_view kMask = ".attn.bias";
// The output matrix, which a file may hold once more where it is the embedding.
constexpr std::string_view kOutput = "lm_head.weight";

Names names_of(const data::WeightFile& file) {
  Names names;
  for (const WeightTensor& tensor : file.tensors) names.insert(tensor.name);
  return names;
}

/// What stands before all wanted names, or "": then some are there as they are, or some are missing anyway.
std::string prefix_beyond(const Names& names, const std::vector<std::string>& wanted) {
  if (wanted.empty() || names.contains(wanted.front())) return "";
  for (const std::string& name : names) {
    if (!name.ends_with("." + wanted.front())) continue;
    const std::string prefix = name.substr(0, name.size() - wanted.front().size());
    if (std::ranges::all_of(wanted, [&](const std::string& each) { return names.contains(prefix + each); }))
      return prefix;
  }
  return "";
}

bool is_no_parameter(const WeightTensor& tensor) {
  const data::Shape& shape = tensor.shape;
  if (tensor.name.ends_with(kMask)) return shape.size() == 4 && shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3];
  return std::ranges::any_of(kNoParameters, [&](std::string_view end) { return tensor.name.ends_with(end); });
}

}  // namespace

std::vector<std::string> adopt_names(data::WeightFile& file, const std::vector<std::string>& wanted) {
  std::vector<std::string> told;
  if (const std::string prefix = prefix_beyond(names_of(file), wanted); !prefix.empty()) {
    for (WeightTensor& tensor : file.tensors)
      if (tensor.name.starts_with(prefix)) tensor.name.erase(0, prefix.size());
    told.push_back(file.name + ": its names are read without '" + prefix + "', which the block's lack");
  }
  const Names known(wanted.begin(), wanted.end());
  const auto lacks = [&](const WeightTensor& tensor) { return !known.contains(tensor.name); };

  std::string first;
  const auto count = std::erase_if(file.tensors, [&](const WeightTensor& tensor) {
    if (!lacks(tensor) || !is_no_parameter(tensor)) return false;
    if (first.empty()) first = tensor.place;
    return true;
  });
  if (count > 0)
    told.push_back(file.name + ": " + first + (count > 1 ? " and " + std::to_string(count - 1) + " more are" : " is") +
                   " left out: masks or angles, no parameters");

  const auto output = std::ranges::find(file.tensors, kOutput, &WeightTensor::name);
  if (output == file.tensors.end() || !lacks(*output)) return told;
  const auto twin = std::ranges::find_if(file.tensors, [&](const WeightTensor& tensor) {
    return !lacks(tensor) && tensor.shape == output->shape && tensor.values == output->values;
  });
  if (twin == file.tensors.end()) return told;
  told.push_back(file.name + ": " + output->place + " is left out: it is " + twin->place + " once more");
  file.tensors.erase(output);
  return told;
}

}  // namespace invar
