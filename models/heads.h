// Query heads and the key/value heads that they share, for the attention blocks: with `kv-heads` below `heads`, each
// key/value head serves a group of heads/kv-heads query heads (grouped-query attention), and the laws sum over the
// group: Σ_q Q_qᵀQ_q − KᵀK and VᵀV − Σ_q O_q O_qᵀ, one a key/value head.
#pragma once

#include "error.h"
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

inline Heads heads(const ModelOptions& options) {
  const std::string& all = options.find("heads")->second;
  const std::string& shared = options.find("kv-heads")->second;
  if (shared == "0") return {};
  if (std::stoll(all) % std::stoll(shared) != 0)
    throw InputError("kv-heads=" + shared + " does not divide heads=" + all +
                     ", and every key/value head serves the same number of query heads; give a divisor, or 0");
  return {"sizes      g=" + shared + "\n", "(g r)", "g", "g r"};
}

}  // namespace invar
