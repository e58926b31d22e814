// Weights as other programs save them: names that all begin alike, and tensors beside the parameters that a text has no
// need to declare.
#pragma once

#include <string>
#include <vector>

#include "data/named_tensor.h"

namespace invar {

/// Makes the names of `file` those of a block whose tensors are `wanted`; what stands in all of its names before them
/// ("transformer.") is dropped. Of what the block lacks, masks, tables of angles and the second copy of a tied matrix
/// are left out. Returns what was done, a line for each. What does not fit in another way stays as it is.
std::vector<std::string> adopt_names(data::WeightFile& file, const std::vector<std::string>& wanted);

}  // namespace invar
