// Small jobs for the tests of this folder: every model of the registry, by default and with each other value of its
// options, and the blocks that tests/models/texts writes as text, at sizes of 2 to 4, on a teacher's data.
#pragma once

#include <string>
#include <vector>

#include "experiments/drift/program.h"
#include "job/command_line.h"
#include "models/registry.h"
#include "problem/ladder.h"
#include "problem/problem.h"
#include "tensor/outline.h"
#include "tests/models/block_cases.h"

namespace invar::testing {

struct SmallModel {
  std::string name;                    // "attention causal=true"
  std::vector<std::string> arguments;  // --model, --set and all sizes
  std::string classes;                 // one more size where a read-out stands behind: "l=3"
  double step_size = 0.05;             // of a stable run of SGD
};

inline std::string classes_behind(const ModelText& text) {
  return with_readout(text).output_indices.back() + "=3";
}

inline SmallModel small_text(const std::string& file, const std::vector<std::string>& sizes, double step_size = 0.05) {
  ModelText text{.text = text_of(file)};
  const BlockOutline block = outline(text.text, file);
  text.output = block.output.name;
  text.output_indices = block.output.axes;
  SmallModel small{
      file, {"--block", std::string(INVAR_TESTS "/models/texts/") + file, "--set"}, classes_behind(text), step_size};
  small.arguments.insert(small.arguments.end(), sizes.begin(), sizes.end());
  return small;
}

/// A net at one of its small settings, whose options say all sizes.
inline SmallModel small_net(const Model& model, const ModelOptions& options) {
  SmallModel small{std::string(model.name), {"--model", std::string(model.name), "--set"}, ""};
  for (const auto& [option, value] : options) {
    small.arguments.push_back(option + "=" + value);
    small.name += " " + option + "=" + value;
  }
  return small;
}

/// Models are one option away from their defaults at most.
inline std::vector<SmallModel> small_models() {
  std::vector<SmallModel> result;
  for (const Model& model : models()) {
    if (model_text(model.name, {}).logits) {
      result.push_back(small_net(model, net_options(model).front()));
      continue;
    }
    ModelOptions sizes;
    for (const ModelOption& option : model.options)
      if (option.kind == OptionKind::size) sizes.emplace(option.name, values_to_try(option).front());
    std::vector<ModelOptions> chosen{sizes};
    for (const ModelOption& option : model.options)
      for (const std::string& value : values_to_try(option)) {
        if (option.kind == OptionKind::size || value == option.default_value) continue;
        chosen.push_back(sizes);
        chosen.back().emplace(option.name, value);
        // Of all experts there is nothing to renormalise.
        if (option.name == "renormalised") chosen.back().emplace("top", "2");
      }
    for (const ModelOptions& options : chosen) {
      const ModelText text = model_text(model.name, options);
      SmallModel small{std::string(model.name), {"--model", std::string(model.name), "--set"}, classes_behind(text)};
      const BlockOutline block = outline(text.text, small.name);
      for (const auto& [option, value] : options) {
        small.arguments.push_back(option + "=" + value);
        if (!sizes.contains(option)) small.name += " " + option + "=" + value;
      }
      for (const std::string& letter : block.input.axes)
        small.arguments.push_back(letter + (letter == "t" ? "=4" : "=3"));
      // Biases begin as large as what they are added to, and with them the scores of a softmax.
      if (small.name.starts_with("attention") && options.contains("bias")) small.step_size = 0.005;
      result.push_back(small);
    }
  }
  result.push_back(small_text("linear_attention.txt", {"t=2", "d=3"}, 0.002));
  result.push_back(small_text("latent_attention.txt", {"t=4", "d=3"}));
  result.push_back(small_text("lora_silu_ffn.txt", {"d=3", "m=3"}));
  result.push_back(small_text("tied_logits.txt", {"v=4"}));
  return result;
}

inline Configuration configuration_of(std::vector<std::string> arguments, const std::vector<std::string>& more = {}) {
  arguments.insert(arguments.begin(), "drift");
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data(), drift_program()).configuration;
}

/// A small model's job on a teacher's samples, in batches of 4; `more` are further arguments.
inline Configuration small_configuration(const SmallModel& model, Loss loss, Index samples = 8,
                                         const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = model.arguments;
  if (loss == Loss::cross_entropy && !model.classes.empty()) arguments.push_back(model.classes);
  for (const std::string& word :
       {std::string("--loss"), std::string(to_string(loss)), std::string("--samples"), std::to_string(samples),
        std::string("--data"), std::string("teacher"), std::string("--batch"), std::string("4")})
    arguments.push_back(word);
  return configuration_of(arguments, more);
}

/// The problem of the first unit of a configuration.
inline Problem problem_of(const Configuration& configuration) {
  DataSource source(configuration);
  return build_problem(configuration, ladder(configuration).front(), source);
}

}  // namespace invar::testing
