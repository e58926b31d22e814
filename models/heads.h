// Query heads and the key/value heads that they share, for the attention blocks: with `kv-heads` below `heads`, each
// key/value head serves a group of heads/kv-heads query heads (grouped-query attention), and the laws sum over the
// group: Σ_q Q_qᵀQ_q − KᵀK and VᵀV − Σ_q O_q O_qᵀ, one a key/value head.
#pragma once

#include "error.h"
#include "models/fill.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kHeads{"heads", "4", "number of (query) heads", OptionKind::size, "h"};
inline constexpr ModelOption kKeyValueHeads{
    "kv-heads", "0", "key/value heads, each shared by heads/kv-heads query heads; 0: as many as heads",
    OptionKind::count, ""};

/// How a text names the heads: plainly h, or key/value head g with its r query heads.
struct Heads {
  std::string sizes = {};            // a line of the text, or nothing
  std::string_view query = "h";      // the head axis of Q and O
  std::string_view key_value = "h";  // that of K and V
  std::string_view each = "h";       // the axes of a tensor that every query head has
};

inline constexpr ModelOption kAttentionBias{"bias", "false", "true: a bias in each of the maps Q, K, V and O",
                                            OptionKind::choice, "true|false"};

inline Heads heads(const ModelOptions& options) {
  const std::string& all = options.find("heads")->second;
  const std::string& shared = options.find("kv-heads")->second;
  if (shared == "0") return {};
  if (std::stoll(all) % std::stoll(shared) != 0)
    throw InputError("kv-heads=" + shared + " does not divide heads=" + all +
                     ", and every key/value head serves the same number of query heads; give a divisor, or 0");
  return {"sizes      g=" + shared + "\n", "(g r)", "g", "g r"};
}

/// What biases add to the lines of an attention block, where it has them: a bias is one more row of its map. Terms
/// begin with their sign. `input`: the tensor that the maps read.
struct AttentionBiases {
  bool there = false;
  std::string parameters = {}, query = {}, key = {}, output = {}, value_output = {}, output_gram = {};
  std::string query_term = {}, key_term = {};

  AttentionBiases(const ModelOptions& options, const Heads& heads, std::string_view input)
      : there(options.find("bias")->second == "true") {
    const auto filled = [&](std::string_view text) {
      return fill(text, {{"h", heads.query}, {"g", heads.key_value}, {"each", heads.each}, {"x", input}});
    };
    output = filled("y[t d]   = p[{each} t u] {x}[u e] V[{g} e a] O[{h} a d]");
    output_gram = "- O[h a d] O[h a e]";
    if (!there) return;
    parameters = filled(" b_q[h a] b_k[{g} a] b_v[{g} a] b_o[d]");
    query = " + b_q[h a]";
    key = filled(" + b_k[{g} a]");
    output = filled(
        "v[{g} u a] = V[{g} d a] {x}[u d] + b_v[{g} a]\n"
        "y[t d]   = p[{each} t u] v[{g} u a] O[{h} a d] + b_o[d]");
    value_output = filled(" + b_v[{g} a] b_v[{g} b]");
    output_gram += " - b_o[d] b_o[e]";
    query_term = filled("b_q[{h} ");
    key_term = filled("b_k[{g} ");
  }

  /// Of Q'Q - K'K, by its two indices.
  std::string query_key(const std::string& a, const std::string& b) const {
    if (!there) return "";
    return " + " + query_term + a + "] " + query_term + b + "] - " + key_term + a + "] " + key_term + b + "]";
  }
};

}  // namespace invar
