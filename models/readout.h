// The linear read-out of softmax cross-entropy, as a part of the block's text: logits = U · mean over tokens of the
// block's output. It is the scope `readout`, and brings the laws Σ_v U_v = const (linear; cross-entropy's gradients
// with respect to the logits sum to zero, so it needs that loss) and, where the block's output is linear in its last
// matrix A, UᵀU − AAᵀ.
#pragma once

#include <string>

#include "models/model.h"

namespace invar {

/// The text with the lines `with cross-entropy` and below. A block whose output is logits has its own there; any other
/// gets the read-out: `block` needs text, output and at least one of output_indices; features are the last index, the
/// mean goes over the others. Then `output` is the logits, and output_indices has one letter, free in the block, for
/// the classes: its extent is the caller's to give. Lines of the text stay where they are, so messages about it keep
/// their line numbers.
ModelText with_readout(const ModelText& block);

/// A text that has a line `with cross-entropy`, without it and what stands below: those are `cross_entropy_lines`, and
/// `logits` is true. Any other as it is. Its output is the caller's to find out.
ModelText split_at_loss(const std::string& text);

}  // namespace invar
