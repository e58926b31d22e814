// The built-in blocks by name. A block is one header here (options, text) and one line in registry.cpp.
#pragma once

#include "models/model.h"

namespace invar {

std::span<const Model> models();

/// Null where no block has this name.
const Model* find_model(std::string_view name);

/// The block's text with its options; those not given have their defaults. Sizes stand in it as a `defaults` line; the
/// sizes that `given` sets are in `extents` too: a target that disagrees with one of them is a conflict, one that
/// disagrees with a default replaces it. Throws InputError, with all that is wrong at once.
ModelText model_text(std::string_view name, const ModelOptions& given);

}  // namespace invar
