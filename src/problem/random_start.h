// The start that is drawn where none is given.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tensor/block.h"

namespace invar {

/// Parameters drawn from N(0, scale²/fan-in), tensor by tensor, where fan-in is the number of terms that the first use
/// of a tensor sums (1 for a bias): the outputs of each layer start with the size of its inputs.
std::vector<double> random_start(const Block& block, double scale, std::int64_t seed, std::string_view purpose);

}  // namespace invar
