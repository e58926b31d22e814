// The laws of the nets, with every combination of the options that change a net's text: all hold, and what is no law
// does not. Of a law with many components one random sum of them stands for all.
#include <catch2/catch.hpp>

#include "error.h"
#include "tests/models/law_defects.h"

namespace invar {
namespace {

/// Every choice, and what heads and experts are shared or chosen by.
std::vector<ModelOptions> combinations(const Model& model) {
  std::vector<ModelOptions> result{net_options(model).front()};  // the sizes
  for (const ModelOption& option : model.options) {
    std::vector<std::string> values;
    std::istringstream words{option.kind == OptionKind::choice ? std::string(option.domain) : ""};
    for (std::string word; std::getline(words, word, '|');) values.push_back(word);
    if (option.name == "kv-heads") values = {"0", "1"};
    if (option.name == "top") values = {"0", "1", "2"};
    if (values.empty()) continue;
    std::vector<ModelOptions> longer;
    for (const ModelOptions& options : result)
      for (const std::string& value : values) {
        longer.push_back(options);
        longer.back().insert_or_assign(std::string(option.name), value);
      }
    result = std::move(longer);
  }
  return result;
}

/// Gates of experts where there are none, or renormalised ones where nothing was chosen: refused.
bool is_refused(const ModelOptions& options) {
  const auto gate = options.find("gate"), top = options.find("top"), renormalised = options.find("renormalised");
  if (gate == options.end()) return false;
  const bool chooses = top->second != "0";
  return (gate->second == "none" && chooses) || (!chooses && renormalised->second == "false");
}

void check(const Model& model, std::uint64_t seed) {
  int controls = 0, unreached = 0;
  for (const ModelOptions& options : combinations(model)) {
    std::string name(model.name);
    for (const auto& [option, value] : options) name.append(" ").append(option).append("=").append(value);
    CAPTURE(name);
    if (is_refused(options)) {
      CHECK_THROWS_AS(model_text(model.name, options), InputError);
      continue;
    }
    const CostCase one{name, with_readout(model_text(model.name, options)).text, {}, Loss::label_cross_entropy};
    const SmallBlock small = small_block(one, ++seed, 4);
    const auto gradients = sample_gradients(small);
    data::Engine engine = data::engine(seed, "components");
    for (const Law& law : small.block.laws) {
      CAPTURE(law.name);
      const double found =
          defect(law_gradient(small, law, data::standard_normal(engine, components_of(small, law))), gradients);
      if (law.kind == LawKind::law) {
        CHECK(found < 1e-12);
        continue;
      }
      ++controls;
      if (found == 0.0)
        ++unreached;  // of an expert that no token chooses
      else
        CHECK(found > 1e-5);
    }
  }
  CHECK(100 * unreached < controls);
}

}  // namespace

TEST_CASE("the laws of a vision transformer hold with every combination of its options") {
  check(*find_model("vit"), 9000);
}

TEST_CASE("the laws of a language model hold with every combination of its options") {
  check(*find_model("lm"), 10000);
}

}  // namespace invar
