// Multi-head attention with rotary positions (Theorem 4.4): the columns of X Q_h and X K_h are rotated in pairs, so
// that of QᵀQ − KᵀK one number a pair remains. Pairs are columns (2j, 2j+1), `interleaved`, or (j, j + a/2), `half`.
//
// Letters: t, u tokens, d width, h heads, a head size, j pairs, c the two sides of a pair; e and b second names of d
// and a. Parameters Q, K, V[h d a], O[h a d].
#pragma once

#include "error.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kAttentionRopeOptions[] = {
    {"heads", "4", "number of heads", OptionKind::size, "h"},
    {"head-size", "8", "columns of Q, K and V in a head, an even number", OptionKind::size, "a"},
    {"base", "10000", "pair j of a/2 turns by base^(-2j/a) a token", OptionKind::number, ""},
    {"pairing", "interleaved", "columns turned together: interleaved, (2j, 2j+1), or half, (j, j + a/2)",
     OptionKind::choice, "interleaved|half"},
    {"causal", "false", "true: a token attends to itself and to those before it only", OptionKind::choice,
     "true|false"},
};

inline ModelText attention_rope(const ModelOptions& options) {
  const std::string& size = options.find("head-size")->second;
  if ((size.back() - '0') % 2 != 0)
    throw InputError("head-size=" + size + " is odd, and rotary positions turn columns in pairs; give an even number");
  const std::string& pairing = options.find("pairing")->second;
  const std::string pair = pairing == "half" ? "(c j)" : "(j c)";
  const std::string mask = options.find("causal")->second == "true" ? ", where u <= t" : "";
  const std::string arguments = ", base=" + options.find("base")->second + ", pairing=" + pairing;

  ModelText block{
      .output = "y", .output_indices = {"t", "d"}, .output_twin = "e", .output_gram = "- O[h a d] O[h a e]"};
  block.text = "sizes      c=2\nparameters Q[h d a] K[h d a] V[h d a] O[h a d]\ninput      x[t d]\n";
  block.text += "q[h t a] = rotate[t a](Q[h d a] x[t d]" + arguments + ")\n";
  block.text += "k[h u a] = rotate[u a](K[h d a] x[u d]" + arguments + ")\n";
  block.text += "p[h t u] = softmax[u](q[h t a] k[h u a] / sqrt(dim(a))" + mask + ")\n";
  block.text += "y[t d]   = p[h t u] x[u e] V[h e a] O[h a d]\n";
  block.text += "# only a map that commutes with the rotation may pass from Q to K: per pair, a scaling (and a turn)\n";
  block.text += "law     query_key[h j]             = Q[h d " + pair + "] Q[h d " + pair + "] - K[h d " + pair +
                "] K[h d " + pair + "]\n";
  block.text += R"(law     value_output[h a b]        = V[h d a] V[h d b] - O[h a d] O[h b d]
# attention's law without the rotation; a slow pair (late j, large base) moves it little
control query_key_full[h a b]      = Q[h d a] Q[h d b] - K[h d a] K[h d b]
control query_key_column[h a]      = Q[h d a] Q[h d a] - K[h d a] K[h d a]
control query_plus_key_column[h a] = Q[h d a] Q[h d a] + K[h d a] K[h d a]
)";
  return block;
}

}  // namespace invar
