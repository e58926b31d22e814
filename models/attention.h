// Multi-head attention, Σ_h softmax(X Q_h (X K_h)ᵀ / √a) X V_h O_h, rows as in the paper (Theorem 4.3). A causal mask
// and sinusoidal positions, added to X, leave its laws as they are.
//
// Letters: t, u tokens, d width, h heads, a head size; e and b second names of d and a. Parameters Q, K, V[h d a],
// O[h a d].
#pragma once

#include "models/model.h"

namespace invar {

inline constexpr ModelOption kAttentionOptions[] = {
    {"heads", "4", "number of heads", OptionKind::size, "h"},
    {"head-size", "8", "columns of Q, K and V in a head", OptionKind::size, "a"},
    {"causal", "false", "true: a token attends to itself and to those before it only", OptionKind::choice,
     "true|false"},
    {"positions", "none", "none, or sinusoidal: sinusoids of base 10000 are added to the tokens", OptionKind::choice,
     "none|sinusoidal"},
};

inline ModelText attention(const ModelOptions& options) {
  const bool sinusoidal = options.find("positions")->second == "sinusoidal";
  const std::string mask = options.find("causal")->second == "true" ? ", where u <= t" : "";
  const std::string x = sinusoidal ? "z" : "x";  // the tokens as the heads see them

  ModelText block{
      .output = "y", .output_indices = {"t", "d"}, .output_twin = "e", .output_gram = "- O[h a d] O[h a e]"};
  block.text = "parameters Q[h d a] K[h d a] V[h d a] O[h a d]\ninput      x[t d]\n";
  if (sinusoidal) block.text += "z[t d] = x[t d] + sinusoid[t d](base=10000)\n";
  block.text +=
      "q[h t a] = Q[h d a] " + x + "[t d]\nk[h u a] = K[h d a] " + x + "[u d]\n" +
      "p[h t u] = softmax[u](q[h t a] k[h u a] / sqrt(dim(a))" + mask + ")\n" + "y[t d]   = p[h t u] " + x +
      "[u e] V[h e a] O[h a d]\n" +
      R"(# only Q_h K_h' and V_h O_h enter: each pair of factors may be exchanged for Q R, K R^-T and V R, R^-1 O
law     query_key[h a b]         = Q[h d a] Q[h d b] - K[h d a] K[h d b]
law     value_output[h a b]      = V[h d a] V[h d b] - O[h a d] O[h b d]
control query_plus_key[h a b]    = Q[h d a] Q[h d b] + K[h d a] K[h d b]
control value_plus_output[h a b] = V[h d a] V[h d b] + O[h a d] O[h b d]
)";
  return block;
}

}  // namespace invar
