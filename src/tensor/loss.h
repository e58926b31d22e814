// The cost of a batch: C(θ) = Σ_s weight_s ℓ(f(x_s; θ), y_s), with weight 1/B in a batch of B samples.
#pragma once

#include <string_view>

#include "tensor/graph.h"

namespace invar {

enum class Loss : std::uint8_t {
  squared,             // half the squared error, summed over the output's axes
  cross_entropy,       // softmax cross-entropy over the output's last axis, mean over its other axes; targets are
                       // distributions
  label_cross_entropy  // the same; targets are classes, integers, one a position
};
std::string_view to_string(Loss loss);

/// The shape of a sample's target: the output's; of labels without its last axis.
Shape target_shape(const Shape& output, Loss loss);

/// Appends the cost to the graph: a scalar, summed over the samples.
NodeId append_cost(Graph& graph, NodeId output, Loss loss);

}  // namespace invar
