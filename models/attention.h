// Multi-head attention, Σ_h softmax(X Q_h (X K_h)ᵀ / √a) X V_h O_h, rows as in the paper (Theorem 4.3). A causal mask
// and sinusoidal positions, added to X, leave its laws as they are; query heads may share key/value heads (heads.h).
//
// With biases, of Q and K and of V and O as many rows more, the laws have one more term; a key's bias adds the same to
// all scores of a query and is frozen.
//
// Letters: t, u tokens, d width, h heads, a head size; e and b second names of d and a; g, r as in heads.h. Parameters
// Q[h d a], K, V[h d a] or [g d a], O[h a d], with biases b_q[h a], b_k, b_v[h a] or [g a], b_o[d].
#pragma once

#include "models/fill.h"
#include "models/heads.h"

namespace invar {

inline constexpr ModelOption kAttentionOptions[] = {
    kHeads,
    kKeyValueHeads,
    {"head-size", "8", "columns of Q, K and V in a head", OptionKind::size, "a"},
    {"causal", "false", "true: a token attends to itself and to those before it only", OptionKind::choice,
     "true|false"},
    {"positions", "none", "none, or sinusoidal: sinusoids of base 10000 are added to the tokens", OptionKind::choice,
     "none|sinusoidal"},
    kAttentionBias,
};

inline ModelText attention(const ModelOptions& options) {
  constexpr std::string_view kText = R"({sizes}parameters Q[h d a] K[{g} d a] V[{g} d a] O[h a d]{biases}
input      x[t d]
{positions}q[h t a] = Q[h d a] {x}[t d]{+q}
k[{g} u a] = K[{g} d a] {x}[u d]{+k}
p[{each} t u] = softmax[u](q[{h} t a] k[{g} u a] / sqrt(dim(a)){mask})
{output}
# only Q_h K_h' and V_h O_h enter: each pair of factors may be exchanged for Q R, K R^-T and V R, R^-1 O
law     query_key[{g} a b]         = Q[{h} d a] Q[{h} d b] - K[{g} d a] K[{g} d b]{qk}
law     value_output[{g} a b]      = V[{g} d a] V[{g} d b] - O[{h} a d] O[{h} b d]{vo}
{frozen}control query_plus_key[{g} a b]    = Q[{h} d a] Q[{h} d b] + K[{g} d a] K[{g} d b]
control value_plus_output[{g} a b] = V[{g} d a] V[{g} d b] + O[{h} a d] O[{h} b d]
)";
  const bool sinusoidal = options.find("positions")->second == "sinusoidal";
  const Heads heads = invar::heads(options);
  const AttentionBiases bias(options, heads, sinusoidal ? "z" : "x");
  const std::string frozen =
      fill("# a key's bias adds the same to all scores of a query\nlaw     frozen_key_bias[{g} a]     = b_k[{g} a]\n",
           {{"g", heads.key_value}});
  return {.text = fill(kText, {{"biases", bias.parameters},
                               {"+q", bias.query},
                               {"+k", bias.key},
                               {"output", bias.output},
                               {"qk", bias.query_key("a", "b")},
                               {"vo", bias.value_output},
                               {"frozen", bias.there ? frozen : ""},
                               {"sizes", heads.sizes},
                               {"h", heads.query},
                               {"g", heads.key_value},
                               {"each", heads.each},
                               {"positions", sinusoidal ? "z[t d] = x[t d] + sinusoid[t d](base=10000)\n" : ""},
                               {"x", sinusoidal ? "z" : "x"},
                               {"mask", options.find("causal")->second == "true" ? ", where u <= t" : ""}}),
          .output = "y",
          .output_indices = {"t", "d"},
          .output_twin = "e",
          .output_gram = bias.output_gram};
}

}  // namespace invar
