// Two linear layers, f = U V x, with the law UᵀU − VVᵀ of linear networks.
//
// Letters: d input width, r rank, m output width; s a second name of r. Parameters U[m r], V[r d].
#pragma once

#include "models/model.h"

namespace invar {

inline constexpr ModelOption kLinearOptions[] = {
    {"rank", "8", "width between the two layers", OptionKind::size, "r"},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

inline ModelText linear(const ModelOptions&) {
  return {.text = R"(parameters U[m r] V[r d]
input      x[d]
y[m] = U[m r] V[r d] x[d]
# U R and R^-1 V are the same map, for every invertible R
law     left_right[r s]      = U[m r] U[m s] - V[r d] V[s d]
control left_plus_right[r s] = U[m r] U[m s] + V[r d] V[s d]
)",
          .output = "y",
          .output_indices = {"m"},
          .output_twin = "n",
          .output_gram = "- U[m r] U[n r]"};
}

}  // namespace invar
