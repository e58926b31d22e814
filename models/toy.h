// The smallest block with a law, a² − b²: f_i = a_i b_i x_i.
//
// Letters: i width. Parameters a[i], b[i].
#pragma once

#include "models/model.h"

namespace invar {

inline ModelText toy(const ModelOptions&) {
  return {.text = R"(parameters a[i] b[i]
input      x[i]
y[i] = a[i] b[i] x[i]
# a may grow as b shrinks
law     balance[i]        = a[i] a[i] - b[i] b[i]
control sum_of_squares[i] = a[i] a[i] + b[i] b[i]
)",
          .output = "y",
          .output_indices = {"i"},
          .output_twin = "i",
          .output_gram = "- a[i] a[i]"};
}

}  // namespace invar
