// Mixture of SwiGLU experts, f = Σ_e g_e(x) A_e (SiLU(W_e x) ⊙ V_e x), g a function of the scores s = G x, over all
// experts or over the k largest scores, renormalised over these or not.
//   softmax (Theorems 4.5, 4.6): Σ_e G_e is conserved;
//   normalised sigmoid, σ(s_e) / Σ_f σ(s_f): the paper's Theorem 4.7 says the same of it, which is false: a claim;
//   sigmoid, σ(s_e): nothing of G is conserved.
// With one expert a sample (k = 1) a renormalised gate is 1, whatever G is: then every entry of G is frozen.
//
// Letters: d input width, e experts, h hidden width of an expert, m output width; f a second name of e. Parameters W,
// V[e h d], A[e m h], G[e d], with biases b, c[e h], o[e m] and the gate's b_g[e].
#pragma once

#include <algorithm>

#include "error.h"
#include "models/fill.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kExperts{"experts", "4", "number of experts", OptionKind::size, "e"};
inline constexpr ModelOption kExpertWidth{"width", "16", "hidden units of an expert", OptionKind::size, "h"};
inline constexpr ModelOption kTop{"top", "0", "experts that a sample uses; 0: all of them", OptionKind::count, ""};
inline constexpr ModelOption kExpertOutputs{"outputs", "16", "output width, where no target fixes it", OptionKind::size,
                                            "m"};
inline constexpr ModelOption kRenormalised{
    "renormalised", "true", "with top: the experts used share a gate of 1; false: they keep their shares of all",
    OptionKind::choice, "true|false"};

inline constexpr ModelOption kExpertActivation{
    "activation", "silu", "of an expert's gate: silu, gelu (with erf) or gelu-tanh (its tanh form)", OptionKind::choice,
    "silu|gelu|gelu-tanh"};
inline constexpr ModelOption kExpertBias{"bias", "false", "true: a bias on each expert's three maps and on the scores",
                                         OptionKind::choice, "true|false"};

inline constexpr ModelOption kMoeOptions[] = {kExperts,          kExpertWidth, kTop,          kRenormalised,
                                              kExpertActivation, kExpertBias,  kExpertOutputs};
inline constexpr ModelOption kSigmoidMoeOptions[] = {kExperts,          kExpertWidth, kTop,
                                                     kExpertActivation, kExpertBias,  kExpertOutputs};

inline bool has_biases(const ModelOptions& options) {
  return options.find("bias")->second == "true";
}

/// `gate`: the lines that make g[e] out of the scores s[e] (and active[e], 1 for the experts used, with `top`).
/// `gate_laws`: what is conserved of G, said to be, or not.
inline ModelText moe(std::string_view gate, std::string_view gate_laws, const ModelOptions& options) {
  constexpr std::string_view kText = R"(parameters W[e h d] V[e h d] A[e m h] G[e d]{biases}
input      x[d]
s[e] = G[e d] x[d]{+b_g}
{active}{gate}
u[e h] = W[e h d] x[d]{+b}
v[e h] = V[e h d] x[d]{+c}
y[m] = g[e] A[e m h] {activation}(u[e h]) v[e h]{+o}
# each expert is a gated block and has its laws
law     down_up[e h] = A[e m h] A[e m h] - V[e h d] V[e h d]{-cc}
{gate laws}
)";
  const std::string& top = options.find("top")->second;
  const auto with = [&](std::string_view term) { return has_biases(options) ? term : std::string_view(); };
  std::string activation = options.find("activation")->second;
  std::ranges::replace(activation, '-', '_');
  return {.text = fill(kText, {{"biases", with(" b[e h] c[e h] o[e m] b_g[e]")},
                               {"+b_g", with(" + b_g[e]")},
                               {"+b", with(" + b[e h]")},
                               {"+c", with(" + c[e h]")},
                               {"+o", with(" + g[e] o[e m]")},
                               {"-cc", with(" - c[e h] c[e h]")},
                               {"activation", activation},
                               {"active", top == "0" ? "" : "active[e] = top_k[e](s[e], k=" + top + ")\n"},
                               {"gate", gate},
                               {"gate laws", gate_laws}}),
          .output = "y",
          .output_indices = {"m"},
          .output_twin = "n",
          .output_gram = has_biases(options) ? "- A[e m h] A[e n h] - o[e m] o[e n]" : "- A[e m h] A[e n h]"};
}

/// The option `renormalised`, which says nothing without `top`.
inline bool shares_the_whole_gate(const ModelOptions& options) {
  const bool renormalised = options.find("renormalised")->second == "true";
  if (!renormalised && options.find("top")->second == "0")
    throw InputError("renormalised=false says how the chosen experts share the gate: choose some by top=K");
  return renormalised;
}

/// One expert a sample, its gate renormalised to 1: the same block for softmax and sigmoid.
inline ModelText moe_winner(const ModelOptions& options) {
  return moe("# the gate of the only expert used is 1, renormalised: G chooses and gets no gradient\ng[e] = active[e]",
             std::string(has_biases(options) ? "law     frozen_gate_bias[e] = b_g[e]\n" : "") +
                 R"(law     frozen_gate[e d] = G[e d]
control down_gate[e h] = A[e m h] A[e m h] - W[e h d] W[e h d])",
             options);
}

/// The sum of the gate's rows, and of its biases, as a "law    ", "claim  " or "control", and what is not conserved.
inline std::string gate_sums(std::string_view why, std::string_view kind, const ModelOptions& options) {
  return fill(R"(# {why}
{kind} gate_sum[d] = sum[e](G[e d])
{bias}control first_gate_row[d] = G[0 d]
control gate_row_sum[e]   = sum[d](G[e d]))",
              {{"why", why},
               {"kind", kind},
               {"bias", has_biases(options) ? std::string(kind) + " gate_bias_sum = sum[e](b_g[e])\n" : ""}});
}

inline ModelText moe_softmax(const ModelOptions& options) {
  const std::string& top = options.find("top")->second;
  const bool sparse = top != "0", renormalised = shares_the_whole_gate(options);
  if (top == "1" && renormalised) return moe_winner(options);
  return moe(!sparse        ? "g[e] = softmax[e](s[e])"
             : renormalised ? "g[e] = softmax[e](s[e], where active[e])"
                            : "p[e] = softmax[e](s[e])\ng[e] = active[e] p[e]",
             gate_sums("the same number added to every score changes nothing", "law    ", options), options);
}

inline ModelText moe_normalised_sigmoid(const ModelOptions& options) {
  const std::string& top = options.find("top")->second;
  const bool sparse = top != "0", renormalised = shares_the_whole_gate(options);
  if (top == "1" && renormalised) return moe_winner(options);
  return moe(
      !sparse        ? "r[e] = sigmoid(s[e])\ng[e] = r[e] / sum[f](r[f])"
      : renormalised ? "r[e] = active[e] sigmoid(s[e])\ng[e] = r[e] / sum[f](r[f])"
                     : "r[e] = sigmoid(s[e])\ng[e] = active[e] r[e] / sum[f](r[f])",
      gate_sums("said to be conserved; but a number added to every score does change this gate", "claim  ", options),
      options);
}

inline ModelText moe_sigmoid(const ModelOptions& options) {
  const bool sparse = options.find("top")->second != "0";
  return moe(sparse ? "g[e] = active[e] sigmoid(s[e])" : "g[e] = sigmoid(s[e])",
             gate_sums("no expert's gate depends on another's score", "control", options), options);
}

}  // namespace invar
