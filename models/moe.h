// Mixture of SwiGLU experts, f = Σ_e g_e(x) A_e (SiLU(W_e x) ⊙ V_e x), g a function of the scores G x, over all
// experts or over the k largest scores (renormalised). Softmax gate: Theorems 4.5, 4.6. Normalised sigmoid gate, g_e
// = σ(s_e) / Σ_f σ(s_f): the paper's Theorem 4.7 says that Σ_e G_e is conserved, which is false: it stands as a
// claim. With a single expert used the gate would be 1 whatever G is, so k starts at 2.
//
// Letters: d input width, e experts, h hidden width of an expert, m output width; f a second name of e. Parameters W,
// V[e h d], A[e m h], G[e d].
#pragma once

#include "error.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kMoeOptions[] = {
    {"experts", "4", "number of experts", OptionKind::size, "e"},
    {"width", "16", "hidden units of an expert", OptionKind::size, "h"},
    {"top", "0", "experts that a sample uses, 2 or more; 0: all of them", OptionKind::count, ""},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

/// `gate`: the lines that make the gate g[e] out of the scores s[e]. `gate_sum`: what Σ_e G_e is, a law or a claim.
inline ModelText moe(const std::string& gate, const std::string& gate_sum, const ModelOptions& options) {
  const std::string& top = options.find("top")->second;
  if (top == "1")
    throw InputError(
        "top=1 gives the only expert used the gate 1, whatever G is; give 2 or more, or 0 for all experts");
  ModelText block{.output = "y", .output_indices = {"m"}, .output_twin = "n", .output_gram = "- A[e m h] A[e n h]"};
  block.text = "parameters W[e h d] V[e h d] A[e m h] G[e d]\ninput      x[d]\ns[e] = G[e d] x[d]\n";
  if (top != "0") block.text += "active[e] = top_k[e](s[e], k=" + top + ")\n";
  block.text += gate + R"(u[e h] = W[e h d] x[d]
v[e h] = V[e h d] x[d]
y[m] = g[e] A[e m h] silu(u[e h]) v[e h]
# each expert is a SwiGLU block and has its laws
law     down_up[e h] = A[e m h] A[e m h] - V[e h d] V[e h d]
)" + gate_sum + R"( gate_sum[d] = sum[e](G[e d])
control first_gate_row[d] = G[0 d]
control gate_row_sum[e]   = sum[d](G[e d])
)";
  return block;
}

inline ModelText moe_softmax(const ModelOptions& options) {
  const bool sparse = options.find("top")->second != "0";
  return moe(sparse ? "g[e] = softmax[e](s[e], where active[e])\n" : "g[e] = softmax[e](s[e])\n",
             "# the same number added to every score changes nothing\nlaw    ", options);
}

inline ModelText moe_normalised_sigmoid(const ModelOptions& options) {
  const bool sparse = options.find("top")->second != "0";
  return moe(std::string("r[e] = ") + (sparse ? "active[e] " : "") + "sigmoid(s[e])\ng[e] = r[e] / sum[f](r[f])\n",
             "# said to be conserved; but a number added to every score does change this gate\nclaim  ", options);
}

}  // namespace invar
