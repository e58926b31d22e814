// Feed-forward network, f = A σ(W x (+ b)) (+ c), columns as in the paper. Theorem 4.1: GELU (exact, with erf, or in
// its tanh form) and SiLU have no law, and tanh has none; ReLU and its square have one a hidden unit.
//
// Letters: d input width, h hidden width, m output width. Parameters W[h d], A[m h], with biases b[h], c[m].
#pragma once

#include "models/fill.h"
#include "models/model.h"

namespace invar {

inline constexpr ModelOption kFfnOptions[] = {
    {"width", "32", "hidden units", OptionKind::size, "h"},
    {"activation", "relu",
     "relu, squared-relu, gelu (the exact one, with erf), gelu-tanh (its tanh form), silu or tanh", OptionKind::choice,
     "relu|squared-relu|gelu|gelu-tanh|silu|tanh"},
    {"bias", "false", "true: a bias in each of the two layers", OptionKind::choice, "true|false"},
    {"outputs", "16", "output width, where no target fixes it", OptionKind::size, "m"},
};

inline ModelText ffn(const ModelOptions& options) {
  constexpr std::string_view kText = R"(parameters W[h d] A[m h]{biases}
input      x[d]
u[h] = W[h d] x[d]{+b}
y[m] = A[m h] {activated}{+c}
{why}
{kind} down_up[h] = {twice}A[m h] A[m h] - W[h d] W[h d]{-bb}
)";
  constexpr std::string_view kControl = "control first_entries[h] = {twice}A[0 h] A[0 h] - W[h 0] W[h 0]\n";
  const std::string& activation = options.find("activation")->second;
  const bool squared = activation == "squared-relu", homogeneous = squared || activation == "relu";
  const bool bias = options.find("bias")->second == "true";
  const auto with = [&](std::string_view term) { return bias ? term : std::string_view(); };
  const std::string why =
      squared       ? "# relu(s u)^2 = s^2 relu(u)^2 for s > 0: a unit's way in may grow as its way out shrinks"
      : homogeneous ? "# relu(s u) = s relu(u) for s > 0: a unit's way in may grow as its way out shrinks"
                    : "# no law: the gradients of " + activation + " span the whole space of parameters";
  return {.text = fill(std::string(kText).append(homogeneous ? kControl : ""),
                       {{"activated", squared                     ? "relu(u[h]) relu(u[h])"
                                      : activation == "gelu-tanh" ? "gelu_tanh(u[h])"
                                                                  : activation + "(u[h])"},
                        {"why", why},
                        {"kind", homogeneous ? "law    " : "control"},
                        {"twice", squared ? "2 " : ""},
                        {"biases", with(" b[h] c[m]")},
                        {"+b", with(" + b[h]")},
                        {"+c", with(" + c[m]")},
                        {"-bb", with(" - b[h] b[h]")}}),
          .output = "y",
          .output_indices = {"m"},
          .output_twin = "n",
          .output_gram = bias ? "- A[m h] A[n h] - c[m] c[n]" : "- A[m h] A[n h]"};
}

}  // namespace invar
