// The options of the built-in blocks: what is refused, and what reaches the text.
#include <catch2/catch.hpp>

#include "error.h"
#include "models/registry.h"
#include "settings/nearest.h"

using namespace invar;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

std::string refusal(const std::string& model, const ModelOptions& options) {
  try {
    (void)model_text(model, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a block's text says its options and sizes, defaults and canonical spellings included") {
  const std::string text = model_text("attention-rope", {{"heads", "02"}, {"base", "1e5"}}).text;
  CHECK_THAT(text,
             Contains("# attention-rope heads=2 kv-heads=0 head-size=8 base=100000 pairing=interleaved causal=false "
                      "qk-norm=false eps=0.000001 bias=false\n"));
  CHECK_THAT(text, Contains("defaults   h=2 a=8\n"));
  CHECK_THAT(text, Contains("base=100000, pairing=interleaved"));
  CHECK(model_text("swiglu", {{"width", "1e3"}}).extents.at("h") == 1000);
}

TEST_CASE("only sizes that the user gives are fixed against the data") {
  CHECK(model_text("swiglu", {{"width", "7"}}).extents == std::map<std::string, std::int64_t>{{"h", 7}});
  CHECK_THAT(model_text("swiglu", {{"width", "7"}}).text, Contains("defaults   h=7 m=16\n"));
}

TEST_CASE("what an option does not take is refused with value, place and remedy, everything at once") {
  CHECK_THAT(refusal("ffn", {{"wdth", "3"}, {"bias", "yes"}, {"width", "0"}}),
             Equals("ffn: no option is called 'wdth'; did you mean 'width'?\n"
                    "ffn: width=0 is not a positive integer; for example width=32\n"
                    "ffn: bias=yes is not true or false; for example bias=false"));
  CHECK_THAT(refusal("attention-rope", {{"head-size", "5"}}), Contains("head-size=5 is odd"));
  CHECK_THAT(refusal("attention", {{"heads", "6"}, {"kv-heads", "4"}}),
             Contains("attention: kv-heads=4 does not divide heads=6") && Contains("give a divisor, or 0"));
  for (const std::string value : {"-1", "0", "nan", "inf", "10x", ""})
    CHECK_THAT(refusal("attention-rope", {{"base", value}}), Contains("base=" + value + " is not a positive number"));
  CHECK_THAT(refusal("swiglu", {{"width", "1e12"}}), Contains("width=1e12 is above 1000000000, the largest extent"));
  for (const std::string value : {"-1", "2.5", "1e-3", "99999999999999999999", "1e99", " 2"})
    CHECK_THAT(refusal("moe-softmax", {{"experts", value}}),
               Contains("experts=" + value + " is not a positive integer"));
}

TEST_CASE("a mistyped name is answered with the nearest one, a strange one with all") {
  CHECK_THAT(refusal("atention", {}), Contains("'atention'; did you mean 'attention'?"));
  CHECK_THAT(refusal("moe", {}), Contains("did you mean 'moe-softmax'?"));
  CHECK_THAT(refusal("resnet", {}), Contains("known are: toy, linear, ffn, swiglu"));
  CHECK(did_you_mean("gate", {}) == "there are none");
}

TEST_CASE("every default is a value that its option takes, and every option changes the text") {
  for (const Model& model : models()) {
    for (const ModelOption& option : model.options) {
      INFO(model.name << " " << option.name);
      ModelOptions options;
      if (option.name == "eps" && model.name == "attention-rope") options["qk-norm"] = "true";
      if (option.name == "renormalised") options["top"] = "2";  // of all experts there is nothing to renormalise
      const std::string text = model_text(model.name, options).text;
      std::string other = option.name == "head-size" ? "6" : option.name == "kv-heads" ? "2" : "3";
      if (option.name == "patch") other = "14";
      if (option.name == "image") other = "14";
      if (model.name == "vit" && option.name == "width") other = "16";
      if (model.name == "vit" && option.name == "heads") other = "8";
      if (option.kind == OptionKind::choice) {
        const std::string words = "|" + std::string(option.domain) + "|";
        const std::size_t at = words.find("|" + std::string(option.default_value) + "|");
        REQUIRE(at != std::string::npos);
        const std::string rest = words.substr(0, at) + words.substr(at + 1 + option.default_value.size());
        other = rest.substr(1, rest.find('|', 1) - 1);
      }
      options[std::string(option.name)] = other;
      const std::string changed = model_text(model.name, options).text;
      CHECK(changed.substr(changed.find('\n')) != text.substr(text.find('\n')));  // beyond the header's own mention
    }
  }
}
