// The models of the registry at the sizes of the benchmarks, with samples and a start.
//   small          reference sizes: width 3, 4 tokens, 64 samples
//   large          d = 32, 128 hidden units in all, 4 heads of 8, 16 tokens, 512 samples
//   prime          the same with extents that divide nothing: 31, 127, 3 heads of 10, 17 tokens, 509 samples
//   samples-N      large with N samples
#pragma once

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "backend/objective.h"
#include "law/form.h"
#include "models/registry.h"
#include "tensor/outline.h"

namespace invar {

struct Size {
  std::string name;
  std::map<std::string, std::string, std::less<>> options;
  Index tokens, width, samples;
};

using Settings = std::map<std::string, std::string, std::less<>>;
inline const Settings kSmall{{"width", "3"}, {"rank", "3"},      {"outputs", "3"},
                             {"heads", "2"}, {"head-size", "2"}, {"experts", "4"}};
inline const Settings kLarge{{"width", "128"}, {"rank", "128"},    {"outputs", "32"},
                             {"heads", "4"},   {"head-size", "8"}, {"experts", "4"}};
inline const Settings kPrime{{"width", "127"}, {"rank", "127"},     {"outputs", "31"},
                             {"heads", "3"},   {"head-size", "10"}, {"experts", "3"}};
inline const Size kSizes[] = {{"small", kSmall, 4, 3, 64},        {"large", kLarge, 16, 32, 512},
                              {"prime", kPrime, 17, 31, 509},     {"samples-1", kLarge, 16, 32, 1},
                              {"samples-17", kLarge, 16, 32, 17}, {"samples-4096", kLarge, 16, 32, 4096}};

inline std::vector<double> normal(Index count, double deviation = 1.0) {
  static boost::random::mt19937_64 random(1);
  boost::random::normal_distribution<double> distribution(0.0, deviation);
  std::vector<double> values;
  for (Index i = 0; i < count; ++i) values.push_back(distribution(random));
  return values;
}

/// A model with samples and a start, made once for all its benchmarks.
struct Case {
  Block block;
  CostPlans plans;
  SampleArrays samples;
  std::vector<double> theta;
  std::vector<LawForm> forms;
};

inline Case make_case(const Model& model, const Size& size) {
  ModelOptions options;
  for (const ModelOption& option : model.options)
    if (const auto value = size.options.find(option.name); value != size.options.end()) options.insert(*value);
  // The hidden units of all experts together are those of the other models.
  if (options.contains("experts") && size.width > 3) options["width"] = "32";
  const ModelText text = model_text(model.name, options);
  KnownSizes known;
  for (const std::string& letter : outline(text.text, std::string(model.name)).input.axes)
    known.extents[letter] = letter == "t" ? size.tokens : size.width;
  Case made{.block = read_block(text.text, known, std::string(model.name)),
            .plans = {},
            .samples = {},
            .theta = {},
            .forms = {}};
  made.plans = plan_cost(made.block, Loss::squared);
  made.samples = {size.samples, made.plans.input_elements, made.plans.target_elements,
                  normal(size.samples * made.plans.input_elements), normal(size.samples * made.plans.target_elements)};
  for (std::size_t i = 0; i < made.block.fan_in.size(); ++i)
    for (const double value : normal(made.block.parameters.tensors()[i].size, 1.0 / std::sqrt(made.block.fan_in[i])))
      made.theta.push_back(value);
  for (const Law& law : made.block.laws) made.forms.push_back(law_form(made.block, law));
  return made;
}

}  // namespace invar
