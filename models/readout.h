// The linear read-out of softmax cross-entropy, as a part of the block's text: logits = U · mean over tokens of the
// block's output. It is the scope `readout`, and brings the laws Σ_v U_v = const (linear; cross-entropy's gradients
// with respect to the logits sum to zero, so it needs that loss) and, where the block's output is linear in its last
// matrix A, UᵀU − AAᵀ.
#pragma once

#include "models/model.h"

namespace invar {

/// A block whose output is logits gets no read-out, only its laws for cross-entropy. Any other gets one:
/// `block` needs text, output and output_indices; features are the last index, the mean goes over the others. In the
/// result `output` is the logits, and output_indices has one letter, free in the block, for the classes: its extent is
/// the caller's to give. Lines of the text stay where they are, so messages about it keep their line numbers.
ModelText with_readout(const ModelText& block);

}  // namespace invar
