// Gated feed-forward networks, f = A (σ(W x (+ b)) ⊙ (V x (+ c))) (+ o): SwiGLU (Theorem 4.2), GeGLU (with the exact
// GELU or its tanh form), ReGLU and bilinear. All are linear in V and in A; where σ(s u) = s σ(u) for s > 0 the gate W
// may grow as V shrinks too. The paper's control A_ij² − V_ji² needs m = d and is left out; the gate's own rows are the
// control.
//
// Letters: d input width, h hidden width, m output width. Parameters W, V[h d], A[m h], with biases b, c[h], o[m].
#pragma once

#include "models/fill.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kGatedFfnOptions[] = {
    {"width", "32", "hidden units", OptionKind::size, "h"},
    {"bias", "false", "true: a bias on the gate, on the values and on the output", OptionKind::choice, "true|false"},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

inline constexpr ModelOption kGegluOptions[] = {
    kGatedFfnOptions[0],
    {"gelu", "exact", "exact, with erf, or its tanh form, as Gemma has it", OptionKind::choice, "exact|tanh"},
    kGatedFfnOptions[1],
    kGatedFfnOptions[2],
};

/// `gate`: the gate as a factor, a function of u[h]; `homogeneous`: σ(s u) = s σ(u) for s > 0.
inline ModelText gated_ffn(std::string_view gate, bool homogeneous, const ModelOptions& options) {
  constexpr std::string_view kText = R"(parameters W[h d] V[h d] A[m h]{biases}
input      x[d]
u[h] = W[h d] x[d]{+b}
v[h] = V[h d] x[d]{+c}
y[m] = A[m h] {gate} v[h]{+o}
# the block is linear in V and in A: a unit's V may grow as its A shrinks
law     down_up[h]   = A[m h] A[m h] - V[h d] V[h d]{-cc}
)";
  constexpr std::string_view kGateUp = R"(# and the gate is homogeneous: W may grow as V shrinks
law     gate_up[h]   = W[h d] W[h d]{+bb} - V[h d] V[h d]{-cc}
control first_entries[h] = A[0 h] A[0 h] - V[h 0] V[h 0]
)";
  constexpr std::string_view kDownGate = R"(# but its gate W may not
control down_gate[h] = A[m h] A[m h] - W[h d] W[h d]{-bb}
)";
  const bool bias = options.find("bias")->second == "true";
  const auto with = [&](std::string_view term) { return bias ? term : std::string_view(); };
  return {
      .text = fill(std::string(kText).append(homogeneous ? kGateUp : kDownGate), {{"gate", gate},
                                                                                  {"biases", with(" b[h] c[h] o[m]")},
                                                                                  {"+b", with(" + b[h]")},
                                                                                  {"+c", with(" + c[h]")},
                                                                                  {"+o", with(" + o[m]")},
                                                                                  {"+bb", with(" + b[h] b[h]")},
                                                                                  {"-bb", with(" - b[h] b[h]")},
                                                                                  {"-cc", with(" - c[h] c[h]")}}),
      .output = "y",
      .output_indices = {"m"},
      .output_twin = "n",
      .output_gram = bias ? "- A[m h] A[n h] - o[m] o[n]" : "- A[m h] A[n h]"};
}

inline ModelText swiglu(const ModelOptions& options) {
  return gated_ffn("silu(u[h])", false, options);
}

inline ModelText geglu(const ModelOptions& options) {
  return gated_ffn(options.find("gelu")->second == "tanh" ? "gelu_tanh(u[h])" : "gelu(u[h])", false, options);
}

inline ModelText reglu(const ModelOptions& options) {
  return gated_ffn("relu(u[h])", true, options);
}

inline ModelText bilinear(const ModelOptions& options) {
  return gated_ffn("u[h]", true, options);
}

}  // namespace invar
