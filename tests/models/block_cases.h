// The texts that the tests of this folder run over: every built-in block with every combination of its options, and the
// blocks written as text alone, each with the shapes of a small input.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/readout.h"
#include "models/registry.h"
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
  if (option.name == "top") return {"0", "1", "2"};
  if (option.name == "heads") return {"4"};
  if (option.name == "kv-heads") return {"0", "2"};
  if (option.name == "head-size") return {"4"};
  if (option.kind == OptionKind::size) return {"3"};
  if (option.kind != OptionKind::choice) return {std::string(option.default_value)};
  std::vector<std::string> words;
  std::istringstream domain{std::string(option.domain)};
  for (std::string word; std::getline(domain, word, '|');) words.push_back(word);
  return words;
}

/// An input of 3 features, for a block of tokens 5 of them.
inline Shape small_input(const ModelText& text) {
  return text.output_indices.size() == 2 ? Shape{5, 3} : Shape{3};
}

inline std::vector<BlockCase> block_cases(const Model& model) {
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
  std::vector<BlockCase> cases;
  for (const ModelOptions& options : combinations) {
    const auto top = options.find("top"), renormalised = options.find("renormalised");
    if (renormalised != options.end() && renormalised->second == "false" && top->second == "0") continue;  // no other
    BlockCase one{std::string(model.name), &model, options, model_text(model.name, options), {}};
    for (const auto& [name, value] : options) one.name.append(" ").append(name).append("=").append(value);
    one.known.shapes["x"] = small_input(one.text);
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

/// The same with 2 classes behind it.
inline BlockCase behind_readout(BlockCase one) {
  one.name += " behind a read-out";
  one.text = with_readout(one.text);
  one.known.extents[one.text.output_indices.front()] = 2;
  return one;
}

inline std::string text_of(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(INVAR_TESTS) / "models/texts" / file;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace invar
