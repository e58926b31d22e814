// Positions 0, 1, … along an axis. Frequencies ω_j = base^(−2j/width), j = 0, 1, ….
//   rotary positions (arXiv 2104.09864): the row vector (u, v) of pair j at position t becomes
//     (u cos tω_j − v sin tω_j, u sin tω_j + v cos tω_j)
//   sinusoidal positions (Vaswani 2017, §3.5): column 2j holds sin tω_j, column 2j + 1 holds cos tω_j
#pragma once

#include "tensor/graph.h"

namespace invar {

enum class Pairing : std::uint8_t {
  interleaved,  // columns 2j and 2j + 1
  half          // columns j and j + width/2
};

/// The width, x's extent along `pair_axis`, is even.
NodeId rotate(Graph& graph, NodeId x, std::size_t position_axis, std::size_t pair_axis, Number base, Pairing pairing);

/// Shape [positions, width].
NodeId sinusoid(Graph& graph, Index positions, Index width, Number base);

}  // namespace invar
