// Feed-forward network, f = A σ(W x (+ b)) (+ c), columns as in the paper. Theorem 4.1: GELU (exact, with erf) and
// SiLU have no law; ReLU has one a hidden unit.
//
// Letters: d input width, h hidden width, m output width. Parameters W[h d], A[m h], with biases b[h], c[m].
#pragma once

#include "models/model.h"

namespace invar {

inline constexpr ModelOption kFfnOptions[] = {
    {"width", "32", "hidden units", OptionKind::size, "h"},
    {"activation", "relu", "relu, gelu (the exact one, with erf) or silu", OptionKind::choice, "relu|gelu|silu"},
    {"bias", "false", "true: a bias in each of the two layers", OptionKind::choice, "true|false"},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

inline ModelText ffn(const ModelOptions& options) {
  const std::string& activation = options.find("activation")->second;
  const bool bias = options.find("bias")->second == "true";
  const std::string down_up = std::string("down_up[h] = A[m h] A[m h] - W[h d] W[h d]") + (bias ? " - b[h] b[h]" : "");

  ModelText block{.output = "y", .output_indices = {"m"}, .output_twin = "n", .output_gram = "- A[m h] A[n h]"};
  if (bias) block.output_gram += " - c[m] c[n]";
  block.text = std::string("parameters W[h d] A[m h]") + (bias ? " b[h] c[m]" : "") + "\ninput      x[d]\n" +
               "u[h] = W[h d] x[d]" + (bias ? " + b[h]" : "") + "\n" + "y[m] = A[m h] " + activation + "(u[h])" +
               (bias ? " + c[m]" : "") + "\n";
  if (activation == "relu") {
    block.text += "# relu(s u) = s relu(u) for s > 0: a unit's way in may grow as its way out shrinks\nlaw     " +
                  down_up + "\ncontrol first_entries[h] = A[0 h] A[0 h] - W[h 0] W[h 0]\n";
  } else {
    block.text +=
        "# no law: the gradients of " + activation + " span the whole space of parameters\ncontrol " + down_up + "\n";
  }
  return block;
}

}  // namespace invar
