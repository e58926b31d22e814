// The built-in blocks, for texts that `use` them.
#pragma once

#include "models/registry.h"
#include "tensor/block.h"

namespace invar {

inline BlockLibrary built_in_blocks() {
  return [](const std::string& name, const ModelOptions& options) {
    ModelText model = model_text(name, options);
    return LibraryBlock{std::move(model.text), std::move(model.extents)};
  };
}

}  // namespace invar
