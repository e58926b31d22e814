// Multi-head attention with rotary positions (Theorem 4.4): the columns of X Q_h and X K_h are rotated in pairs, so
// that of QᵀQ − KᵀK one number a pair remains. Pairs are columns (2j, 2j+1), `interleaved`, or (j, j + a/2), `half`.
//
// With `qk-norm` the rows of X Q_h and X K_h are divided by their root mean square and multiplied by scales γ_q, γ_k,
// the same for all heads, before the rotation (Qwen3). Then only the scales can be exchanged, and ‖Q_h‖², ‖K_h‖² stay
// but for the norm's eps.
//
// Letters: t, u tokens, d width, h heads, a head size, j pairs, c the two sides of a pair; e and b second names of d
// and a; g, r as in heads.h. Parameters Q[h d a], K, V[h d a] or [g d a], O[h a d], gamma_q, gamma_k[a], biases as in
// attention.h.
#pragma once

#include "models/fill.h"
#include "models/heads.h"

namespace invar {

inline constexpr ModelOption kAttentionRopeOptions[] = {
    kHeads,
    kKeyValueHeads,
    {"head-size", "8", "columns of Q, K and V in a head, an even number", OptionKind::size, "a"},
    {"base", "10000", "pair j of a/2 turns by base^(-2j/a) a token", OptionKind::number, ""},
    {"pairing", "interleaved", "columns turned together: interleaved, (2j, 2j+1), or half, (j, j + a/2)",
     OptionKind::choice, "interleaved|half"},
    {"causal", "false", "true: a token attends to itself and to those before it only", OptionKind::choice,
     "true|false"},
    {"qk-norm", "false", "true: queries and keys are normalised by their root mean square, with learned scales",
     OptionKind::choice, "true|false"},
    {"eps", "1e-6", "with qk-norm: what is added to a mean square under its root", OptionKind::number, ""},
    kAttentionBias,
};

inline ModelText attention_rope(const ModelOptions& options) {
  constexpr std::string_view kText = R"(sizes      c=2
{sizes}parameters Q[h d a] K[{g} d a] V[{g} d a] O[h a d]{scales}{biases}
input      x[t d]
q[h t a] = rotate[t a]({scale q}Q[h d a] x[t d]{+q}{)}, base={base}, pairing={pairing})
k[{g} u a] = rotate[u a]({scale k}K[{g} d a] x[u d]{+k}{)}, base={base}, pairing={pairing})
p[{each} t u] = softmax[u](q[{h} t a] k[{g} u a] / sqrt(dim(a)){mask})
{output}
# only a map that commutes with the rotation may pass from Q to K: per pair, a scaling (and a turn)
{qk law}query_key[{g} j]             = Q[{h} d {pair}] Q[{h} d {pair}] - K[{g} d {pair}] K[{g} d {pair}]{qk pair}
law     value_output[{g} a b]        = V[{g} d a] V[{g} d b] - O[{h} a d] O[{h} b d]{vo}
# attention's law without the rotation; a slow pair (late j, large base) moves it little
control query_key_full[{g} a b]      = Q[{h} d a] Q[{h} d b] - K[{g} d a] K[{g} d b]{qk}
control query_key_column[{g} a]      = Q[{h} d a] Q[{h} d a] - K[{g} d a] K[{g} d a]
control query_plus_key_column[{g} a] = Q[{h} d a] Q[{h} d a] + K[{g} d a] K[{g} d a]
)";
  const std::string& size = options.find("head-size")->second;
  if ((size.back() - '0') % 2 != 0)
    throw InputError("head-size=" + size + " is odd, and rotary positions turn columns in pairs; give an even number");
  const std::string& pairing = options.find("pairing")->second;
  const Heads heads = invar::heads(options);
  const bool norm = options.find("qk-norm")->second == "true";
  // The norm undoes a scaling of Q or K: it passes between the scales instead.
  const std::string pair = pairing == "half" ? "(c j)" : "(j c)";
  const AttentionBiases bias(options, heads, "x");
  const std::string scale_law = "law     scales[j]                   = gamma_q[" + pair + "] gamma_q[" + pair +
                                "] - gamma_k[" + pair + "] gamma_k[" + pair + "]\n";
  return {.text = fill(kText, {{"scales", norm ? " gamma_q[a]=1 gamma_k[a]=1" : ""},
                               {"scale q", norm ? "gamma_q[a] rms_norm[a](" : ""},
                               {"scale k", norm ? "gamma_k[a] rms_norm[a](" : ""},
                               {")", norm ? ", eps=" + options.find("eps")->second + ")" : ""},
                               {"biases", bias.parameters},
                               {"+q", bias.query},
                               {"+k", bias.key},
                               {"output", bias.output},
                               {"qk", bias.query_key("a", "b")},
                               {"qk pair", bias.query_key(pair, pair)},
                               {"vo", bias.value_output},
                               {"qk law", norm ? scale_law + "control " : "law     "},
                               {"sizes", heads.sizes},
                               {"h", heads.query},
                               {"g", heads.key_value},
                               {"each", heads.each},
                               {"base", options.find("base")->second},
                               {"pairing", pairing},
                               {"pair", pair},
                               {"mask", options.find("causal")->second == "true" ? ", where u <= t" : ""}}),
          .output = "y",
          .output_indices = {"t", "d"},
          .output_twin = "e",
          .output_gram = bias.output_gram};
}

}  // namespace invar
