// Every text of this folder's cases is read by the notation, and has the laws that the theory says, no more and no
// fewer.
#include <catch2/catch.hpp>

#include "law/form.h"
#include "tests/models/block_cases.h"

using namespace invar;

namespace {

/// Components of each law, or of each of another kind.
std::map<std::string, std::int64_t> counts(const Block& block, LawKind kind = LawKind::law) {
  std::map<std::string, std::int64_t> result;
  for (const Law& law : block.laws) {
    if (law.kind == kind) result[law.name] = law_form(block, law).components();
  }
  return result;
}

Block read(const BlockCase& one) {
  return read_block(one.text.text, one.known, one.name, built_in_blocks());
}

std::int64_t triangle(std::int64_t n) {
  return n * (n + 1) / 2;
}

using Counts = std::map<std::string, std::int64_t>;

}  // namespace

TEST_CASE("every built-in block reads with every combination of its options, a read-out behind it or not") {
  for (const BlockCase& one : block_cases()) {
    INFO(one.name);
    const Block block = read(one);
    CHECK(block.graph[block.output].shape.size() == one.text.output_indices.size());
    if (one.text.logits) continue;
    const BlockCase two = behind_readout(one);
    const Block classifier = read(two);
    CHECK(classifier.graph[classifier.output].shape == Shape{2});
    CHECK(classifier.parameters.tensors().back().name == "readout.U");
    CHECK(classifier.parameters.size() == block.parameters.size() + 2 * block.graph[block.output].shape.back());
  }
}

TEST_CASE("tensors have the shapes of the literature: FFN columns, heads and experts leading") {
  const auto shapes = [](std::string_view model, const ModelOptions& options, const Shape& x) {
    KnownSizes known;
    known.shapes["x"] = x;
    const Block block = read_block(model_text(model, options).text, known, std::string(model));
    std::map<std::string, Shape> result;
    for (const Tensor& tensor : block.parameters.tensors()) result[tensor.name] = tensor.shape;
    return result;
  };
  using Shapes = std::map<std::string, Shape>;
  CHECK(shapes("toy", {}, {1}) == Shapes{{"a", {1}}, {"b", {1}}});
  CHECK(shapes("linear", {{"rank", "2"}, {"outputs", "4"}}, {3}) == Shapes{{"U", {4, 2}}, {"V", {2, 3}}});
  CHECK(shapes("ffn", {{"width", "5"}, {"outputs", "2"}, {"bias", "true"}}, {3}) ==
        Shapes{{"W", {5, 3}}, {"A", {2, 5}}, {"b", {5}}, {"c", {2}}});
  CHECK(shapes("swiglu", {{"width", "5"}, {"outputs", "2"}}, {3}) ==
        Shapes{{"W", {5, 3}}, {"V", {5, 3}}, {"A", {2, 5}}});
  const Shapes heads{{"Q", {2, 3, 4}}, {"K", {2, 3, 4}}, {"V", {2, 3, 4}}, {"O", {2, 4, 3}}};
  CHECK(shapes("attention", {{"heads", "2"}, {"head-size", "4"}}, {5, 3}) == heads);
  CHECK(shapes("attention-rope", {{"heads", "2"}, {"head-size", "4"}}, {5, 3}) == heads);
  CHECK(shapes("moe-softmax", {{"experts", "4"}, {"width", "1"}, {"outputs", "2"}}, {3}) ==
        Shapes{{"W", {4, 1, 3}}, {"V", {4, 1, 3}}, {"A", {4, 2, 1}}, {"G", {4, 3}}});
}

TEST_CASE("the laws of every built-in block are as many as the theory says") {
  const auto at = [](const BlockCase& one, std::string_view option) { return one.options.at(std::string(option)); };
  const auto size = [&](const BlockCase& one, std::string_view option) {
    return std::int64_t{std::stol(at(one, option))};
  };
  for (const BlockCase& one : block_cases()) {
    if (one.text.logits) continue;  // nets: below
    INFO(one.name);
    const std::string model(one.model->name);
    Counts expected, claimed;
    if (model == "toy") {
      expected = {{"balance", 3}};
    } else if (model == "linear") {
      expected = {{"left_right", triangle(size(one, "rank"))}};
    } else if (model == "ffn") {
      if (at(one, "activation").ends_with("relu")) expected = {{"down_up", size(one, "width")}};
    } else if (model == "swiglu" || model == "geglu") {
      expected = {{"down_up", size(one, "width")}};
    } else if (model == "reglu" || model == "bilinear") {
      expected = {{"down_up", size(one, "width")}, {"gate_up", size(one, "width")}};
    } else if (model.starts_with("attention")) {
      const std::int64_t heads = size(one, at(one, "kv-heads") == "0" ? "heads" : "kv-heads");
      const std::int64_t matrices = heads * triangle(size(one, "head-size"));
      const std::int64_t pairs = heads * size(one, "head-size") / 2;
      expected = {{"query_key", model == "attention" ? matrices : pairs}, {"value_output", matrices}};
      if (model == "attention" && at(one, "bias") == "true")
        expected["frozen_key_bias"] = heads * size(one, "head-size");
      if (model == "attention-rope" && at(one, "qk-norm") == "true") {
        expected.erase("query_key");
        expected["scales"] = size(one, "head-size") / 2;
      }
    } else {
      const std::int64_t experts = size(one, "experts");
      expected = {{"down_up", experts * size(one, "width")}};
      const bool bias = at(one, "bias") == "true";
      if (model != "moe-sigmoid" && at(one, "top") == "1" && at(one, "renormalised") == "true") {
        expected["frozen_gate"] = experts * 3;
        if (bias) expected["frozen_gate_bias"] = experts;
      } else if (model != "moe-sigmoid") {
        Counts& sums = model == "moe-softmax" ? expected : claimed;
        sums["gate_sum"] = 3;
        if (bias) sums["gate_bias_sum"] = 1;
      }
    }
    CHECK(counts(read(one)) == expected);
    CHECK(counts(read(one), LawKind::claim) == claimed);
    // the output has 3 features in every case
    expected["readout_columns"] = 3;
    expected["readout_output"] = model == "toy" ? 3 : triangle(3);
    CHECK(counts(read(behind_readout(one))) == expected);
  }
}

TEST_CASE("blocks that are text alone have all their laws") {
  const auto laws_of = [](const std::string& file, const KnownSizes& known) {
    return counts(read_block(text_of(file), known, file));
  };
  KnownSizes tokens, vector, vocabulary;
  tokens.shapes["x"] = {5, 3};
  vector.shapes["x"] = {3};
  vector.extents["m"] = 2;
  vector.constants["W0"] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  vocabulary.shapes["x"] = {4};
  CHECK(laws_of("linear_attention.txt", tokens) == Counts{{"query_key", 6}, {"value_output", 6}, {"query_value", 2}});
  CHECK(laws_of("latent_attention.txt", tokens) ==
        Counts{{"query_latent", 6}, {"key_value_latent", 3}, {"query_key", 6}, {"value_output", 6}});
  CHECK(laws_of("lora_silu_ffn.txt", vector) == Counts{{"lora_factors", 3}});
  CHECK(laws_of("tied_logits.txt", vocabulary) == Counts{{"tied", 6}});
  vector.constants.clear();
  CHECK(laws_of("maxout.txt", vector) == Counts{{"down_up", 3}});
  CHECK(laws_of("grouped_heads.txt", tokens) == Counts{{"query_key", 6}});
}

TEST_CASE("the texts of whole architectures have all their laws, in each layer") {
  const auto with_layers = [](const Counts& layer, const std::string& scope, Counts all) {
    for (const char* number : {"0.", "1."})
      for (const auto& [law, components] : layer) all[scope + number + law] = components;
    return all;
  };
  const auto laws_of = [](const std::string& file, const std::map<std::string, Index>& more) {
    KnownSizes known;
    known.extents = {{"v", 5}, {"t", 3}, {"d", 4}, {"a", 4}, {"k", 3}};
    known.extents.insert(more.begin(), more.end());
    const Block block = read_block(text_of(file), known, file);
    Counts result;
    for (const Law& law : block.laws)
      if (law.kind == LawKind::law)
        result[(law.scope.empty() ? "" : law.scope + ".") + law.name] = law_form(block, law).components();
    return result;
  };
  Counts layer{{"input_scale", 4}, {"hidden_scale", 4}, {"value_output", 20}, {"down_up", 3}, {"query_key_scale", 2}};
  CHECK(laws_of("qwen3.txt", {}) == with_layers(layer, "layers.", {}));
  layer.erase("query_key_scale");
  layer["query_key"] = 4;  // two key/value heads, two pairs
  CHECK(laws_of("llama.txt", {}) == with_layers(layer, "layers.", {{"output.scale", 4}, {"output.columns", 4}}));
  const Counts biased{{"ln_1.scale", 4},      {"ln_2.scale", 4},      {"query_key", 20},
                      {"value_output", 20},   {"frozen_key_bias", 8}, {"attn.shift", 8},
                      {"attn.bias_shift", 1}, {"mlp.shift", 3},       {"mlp.bias_shift", 1}};
  CHECK(laws_of("gpt2.txt", {{"n", 6}, {"h", 2}}) ==
        with_layers(biased, "h.", {{"position_shift", 6}, {"embedding_position", 4}}));
}
