// Gated feed-forward network, f = A (SiLU(W x) ⊙ V x) (Theorem 4.2). The paper's control A_ij² − V_ji² needs m = d
// and is left out; the gate's own rows are the control.
//
// Letters: d input width, h hidden width, m output width. Parameters W[h d], V[h d], A[m h].
#pragma once

#include "models/model.h"

namespace invar {

inline constexpr ModelOption kSwigluOptions[] = {
    {"width", "32", "hidden units", OptionKind::size, "h"},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

inline ModelText swiglu(const ModelOptions&) {
  return {.text = R"(parameters W[h d] V[h d] A[m h]
input      x[d]
u[h] = W[h d] x[d]
v[h] = V[h d] x[d]
y[m] = A[m h] silu(u[h]) v[h]
# the block is linear in V and in A: a unit's V may grow as its A shrinks; its gate W may not
law     down_up[h]   = A[m h] A[m h] - V[h d] V[h d]
control down_gate[h] = A[m h] A[m h] - W[h d] W[h d]
)",
          .output = "y",
          .output_indices = {"m"},
          .output_twin = "n",
          .output_gram = "- A[m h] A[n h]"};
}

}  // namespace invar
