// The built-in blocks by name. A block is one header here (options, text) and one line in registry.cpp.
#pragma once

#include "models/model.h"

namespace invar {

std::span<const Model> models();

/// Null where no block has this name.
const Model* find_model(std::string_view name);

/// Sizes that nobody gave: written into the text, or left out where the shapes of a problem file determine them.
enum class DefaultSizes : std::uint8_t { written, left_out };

/// The block's text with its options; those not given have their defaults. Sizes stand in it as a `sizes` line; the
/// sizes that `given` sets are in `extents` too: a target that disagrees with one of them is a conflict, one that
/// disagrees with a default replaces it. Throws InputError, with all that is wrong at once.
ModelText model_text(std::string_view name, const ModelOptions& given, DefaultSizes sizes = DefaultSizes::written);

}  // namespace invar
