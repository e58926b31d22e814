// A built-in model's default sizes give way to what the data and the problem file say; a user's own text does not:
// there a disagreement is an error, which the reader of the text reports.
#pragma once

#include <vector>

#include "data/named_tensor.h"
#include "tensor/block.h"
#include "tensor/outline.h"

namespace invar {

/// Extents of the letters that stand alone on an axis of a tensor whose shape is known, where `known` has none yet.
void take_sizes_from_shapes(const BlockOutline& block, KnownSizes& known);

/// Those of a file's tensors, for letters of the text's own that neither `known`, the input nor a `sizes` line fixes.
void take_sizes_from_weights(const BlockOutline& block, const std::vector<data::WeightTensor>& tensors,
                             KnownSizes& known);

/// Whether the input, the output or a parameter has an axis, or a part of one, with this letter.
bool has_letter(const BlockOutline& block, const std::string& letter);

}  // namespace invar
