// Language model in the style of Qwen3 (arXiv 2505.09388): an embedding, pre-norm layers of causal rotary attention and
// a gated layer or experts, and at each position logits of the next token. Norms divide by the root mean square;
// key/value heads may be shared, queries and keys normalised, all maps of a layer biased.
//
// Letters: v vocabulary, t tokens, d width, h heads, a head size, g key/value heads, k hidden units, e experts.
// Parameters embedding.E[v d], layers.N.{norm1, attention, norm2, ffn or moe}, norm, output.U[v d].
//
// Norms, attention and experts have their laws; a norm's scale has one with the maps that read it. A tied output leaves
// none to the last norm, nor to the sum over the vocabulary.
#pragma once

#include "models/heads.h"
#include "models/layers.h"
#include "models/moe.h"

namespace invar {

inline constexpr ModelOption kLmOptions[] = {
    {"layers", "2", "number of layers", OptionKind::count, ""},
    {"width", "32", "numbers of a token", OptionKind::size, "d"},
    {"hidden", "64", "hidden units of a layer's gated layer, or of each expert", OptionKind::size, "k"},
    kHeads,
    kKeyValueHeads,
    {"head-size", "8", "columns of Q, K and V in a head, an even number", OptionKind::size, "a"},
    {"vocabulary", "64", "number of different tokens", OptionKind::size, "v"},
    {"tokens", "16", "tokens of a sample, where no data fix them", OptionKind::size, "t"},
    {"base", "10000", "pair j of a/2 turns by base^(-2j/a) a token", OptionKind::number, ""},
    {"pairing", "half", "columns turned together: interleaved, (2j, 2j+1), or half, (j, j + a/2)", OptionKind::choice,
     "half|interleaved"},
    {"qk-norm", "false", "true: queries and keys are normalised by their root mean square, with learned scales",
     OptionKind::choice, "true|false"},
    kNormEps,
    {"bias", "false", "true: a bias in each map of a layer, the scores of experts among them", OptionKind::choice,
     "true|false"},
    {"activation", "silu", "in the gated layer: silu (SwiGLU), gelu (GeGLU, with erf) or gelu-tanh (its tanh form)",
     OptionKind::choice, "silu|gelu|gelu-tanh"},
    {"gate", "softmax", "of the experts: softmax or normalised-sigmoid; none: one gated layer instead of experts",
     OptionKind::choice, "softmax|normalised-sigmoid|none"},
    {"experts", "4", "experts of a layer, where it has a gate", OptionKind::count, ""},
    {"top", "0", "experts that a token uses; 0: all of them", OptionKind::count, ""},
    kRenormalised,
    {"tied", "false", "true: the embedding is the output matrix too", OptionKind::choice, "true|false"},
};

inline ModelText lm(const ModelOptions& options) {
  constexpr std::string_view kLayer = R"(use attention-rope as {l}.attention (x = {l}.norm1, h = h, a = a,
  base={base}, pairing={pairing}, causal=true, qk-norm={norm}{options})
{l}.mixed[t d] = {x}[t d] + {l}.attention[t d]
)";
  constexpr std::string_view kLayerEnd = R"(use {block} as {l}.{name} (x = {l}.norm2, h = k{options})
{l}[t d] = {l}.mixed[t d] + {l}.{name}[t d]
)";
  const auto value = [&](std::string_view option) { return options.find(option)->second; };
  const std::string gate = value("gate"), top = value("top"), shared = value("kv-heads");
  const bool sparse = top != "0", tied = value("tied") == "true", experts = gate != "none";
  require_layers(options);
  (void)heads(options);
  for (const auto& [option, why] : {std::pair{"vocabulary", "leaves nothing to predict"},
                                    std::pair{"tokens", "leaves attention nothing to choose from"}})
    if (value(option) == "1") throw InputError(std::string(option) + "=1 " + why + "; give 2 or more");
  if (std::stoll(value("head-size")) % 2 != 0)
    throw InputError("head-size=" + value("head-size") +
                     " is odd, and rotary positions turn columns in pairs; give an even number");
  if (sparse && !experts)
    throw InputError("top=" + top + " chooses experts, and gate=none has none; give a gate, or top=0");
  if (experts && value("experts") == "0")
    throw InputError("experts=0, but gate=" + gate + " chooses among some; give a number");
  if (experts && std::stoll(top) > std::stoll(value("experts")))
    throw InputError("top=" + top + " is above experts=" + value("experts") + "; give at most as many, or 0 for all");
  if (!experts && value("renormalised") == "false")
    throw InputError("renormalised=false is about the gates of experts, and gate=none has none; give a gate");
  if (experts) (void)shares_the_whole_gate(options);
  const std::string name = experts ? "moe" : "ffn", activation = value("activation");
  const std::string block = experts ? "moe-" + gate : activation == "silu" ? "swiglu" : "geglu";
  const NormKind norm{.layer = false, .eps = value("eps")};

  // What differs from the blocks' own defaults.
  const std::string bias = value("bias") == "true" ? ", bias=true" : "";
  std::string attention_options = bias, layer_options = bias;
  if (value("qk-norm") == "true") attention_options += ", eps=" + norm.eps;
  if (shared != "0") attention_options += ", heads=" + value("heads") + ", kv-heads=" + shared;
  if (experts) {
    layer_options += ", experts=" + value("experts");
    if (sparse) layer_options += ", top=" + top;
    if (value("renormalised") == "false") layer_options += ", renormalised=false";
    if (activation != "silu") layer_options += ", activation=" + activation;
  } else if (activation == "gelu-tanh") {
    layer_options += ", gelu=tanh";
  }

  std::string x = "embedding";
  std::string text = R"(parameters embedding.E[v d]
input      tokens[t]
embedding[t d] = lookup[v](embedding.E[v d], tokens[t])
)";
  for (std::int64_t n = 0; n < std::stoll(value("layers")); ++n) {
    const std::string l = "layers." + std::to_string(n), attention = l + ".attention.", ffn = l + "." + name + ".",
                      g = shared == "0" ? "h" : "g", e = experts ? "e " : "";
    Consumers read{ffn + "W[" + e + "k d]", ffn + "V[" + e + "k d]"};
    if (experts) read.push_back(ffn + "G[e d]");
    text += "\n" + scaled_norm(l + ".norm1", x, "t", norm) +
            fill(kLayer, {{"l", l},
                          {"x", x},
                          {"base", value("base")},
                          {"pairing", value("pairing")},
                          {"norm", value("qk-norm")},
                          {"options", attention_options}}) +
            scaled_norm(l + ".norm2", l + ".mixed", "t", norm) +
            fill(kLayerEnd, {{"l", l}, {"block", block}, {"name", name}, {"options", layer_options}}) +
            scale_law(l + ".norm1",
                      {attention + "Q[h d a]", attention + "K[" + g + " d a]", attention + "V[" + g + " d a]"}, norm) +
            scale_law(l + ".norm2", read, norm);
    x = l;
  }
  text += "\n" + scaled_norm("norm", x, "t", norm);
  if (tied) {
    text += "logits[t v] = embedding.E[v d] norm[t d]\n";
  } else {
    text += "parameters output.U[v d]\nlogits[t v] = output.U[v d] norm[t d]\n" +
            scale_law("norm", {"output.U[v d]"}, norm);
  }
  return {.text = text,
          .output = "logits",
          .output_indices = {"t", "v"},
          .logits = true,
          .cross_entropy_lines = tied ? ""
                                      : "# cross-entropy is blind to a number added to all logits\n"
                                        "law     output_columns[d] = sum[v](output.U[v d])\n"};
}

}  // namespace invar
