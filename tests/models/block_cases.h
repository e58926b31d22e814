// The texts that the tests of this folder run over: every built-in block with every combination of its options, and the
// blocks written as text alone, each with the shapes of a small input.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/readout.h"
#include "models/registry.h"
#include "problem/block_library.h"
#include "tensor/block.h"

namespace invar {

struct BlockCase {
  std::string name;  // "attention causal=true positions=none"
  const Model* model;
  ModelOptions options;
  ModelText text;
  KnownSizes known;
};

inline std::vector<std::string> values_to_try(const ModelOption& option) {
  if (option.name == "layers") return {"1"};
  if (option.name == "image") return {"4"};
  if (option.name == "patch") return {"2"};
  if (option.name == "top") return {"0", "1", "2"};
  if (option.name == "heads") return {"4"};
  if (option.name == "kv-heads") return {"0", "2"};
  if (option.name == "activation" && option.default_value == "silu") return {"silu"};  // of experts: nets have others
  if (option.name == "head-size") return {"4"};
  if (option.kind == OptionKind::size) return {"3"};
  if (option.kind != OptionKind::choice) return {std::string(option.default_value)};
  std::vector<std::string> words;
  std::istringstream domain{std::string(option.domain)};
  for (std::string word; std::getline(domain, word, '|');) words.push_back(word);
  return words;
}

/// What is known of the input: 3 features, for a block of tokens 5 of them; a net's options say all.
inline void know_input(const ModelText& text, KnownSizes& known) {
  if (!text.logits) known.shapes["x"] = text.output_indices.size() == 2 ? Shape{5, 3} : Shape{3};
}

/// A net at sizes that fit each other, with each other value of its options by itself: all combinations are too many.
inline std::vector<ModelOptions> net_options(const Model& model) {
  const std::map<std::string_view, std::string> sizes{
      {"layers", "1"},   {"width", "4"},   {"hidden", "3"}, {"heads", "2"},   {"patch", "2"},      {"image", "4"},
      {"channels", "2"}, {"classes", "3"}, {"tokens", "4"}, {"experts", "3"}, {"vocabulary", "5"}, {"head-size", "4"}};
  ModelOptions small;
  for (const ModelOption& option : model.options)
    if (const auto size = sizes.find(option.name); size != sizes.end()) small.emplace(option.name, size->second);
  std::vector<ModelOptions> result{small};
  for (const ModelOption& option : model.options) {
    std::vector<std::string> values;
    if (option.kind == OptionKind::choice) values = values_to_try(option);
    if (option.name == "activation") values = {"gelu", "gelu-tanh"};
    if (option.name == "eps") values = {"0.5"};
    if (option.name == "layers") values = {"2"};
    if (option.name == "kv-heads") values = {"1"};
    if (option.name == "top") values = {"1", "2"};
    for (const std::string& value : values) {
      if (value == option.default_value) continue;
      result.push_back(small);
      if (option.name == "renormalised") result.back().insert_or_assign("top", "2");
      result.back().insert_or_assign(std::string(option.name), value);
    }
  }
  return result;
}

inline std::vector<ModelOptions> all_options(const Model& model) {
  std::vector<ModelOptions> combinations{{}};
  for (const ModelOption& option : model.options) {
    std::vector<ModelOptions> longer;
    for (const ModelOptions& options : combinations) {
      for (const std::string& value : values_to_try(option)) {
        longer.push_back(options);
        longer.back().emplace(option.name, value);
      }
    }
    combinations = std::move(longer);
  }
  return combinations;
}

inline std::vector<BlockCase> block_cases(const Model& model) {
  std::vector<BlockCase> cases;
  const bool net = model_text(model.name, {}).logits;
  for (const ModelOptions& options : net ? net_options(model) : all_options(model)) {
    const auto top = options.find("top"), renormalised = options.find("renormalised");
    if (!net && renormalised != options.end() && renormalised->second == "false" && top->second == "0")
      continue;  // of all experts there is nothing to renormalise
    BlockCase one{std::string(model.name), &model, options, model_text(model.name, options), {}};
    for (const auto& [name, value] : options) one.name.append(" ").append(name).append("=").append(value);
    know_input(one.text, one.known);
    cases.push_back(std::move(one));
  }
  return cases;
}

inline std::vector<BlockCase> block_cases() {
  std::vector<BlockCase> cases;
  for (const Model& model : models()) {
    for (BlockCase& one : block_cases(model)) cases.push_back(std::move(one));
  }
  return cases;
}

/// For cross-entropy: the same with 2 classes behind it, or as it is where it has logits.
inline BlockCase behind_readout(BlockCase one) {
  one.name += one.text.logits ? " with cross-entropy" : " behind a read-out";
  const bool added = !one.text.logits;
  one.text = with_readout(one.text);
  if (added) one.known.extents[one.text.output_indices.front()] = 2;
  return one;
}

/// One of the tests' own texts, or of those that the project ships.
inline std::string text_of(const std::string& file) {
  std::filesystem::path path = std::filesystem::path(INVAR_TESTS) / "models/texts" / file;
  if (!exists(path)) path = std::filesystem::path(INVAR_ROOT) / "models/texts" / file;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace invar
