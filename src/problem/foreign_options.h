// What other tools call the keys: whoever comes from them writes --lr, and no edit distance leads from there to
// --step-size.
#pragma once

#include <string>
#include <string_view>

#include "problem/configuration.h"

namespace invar {

/// "write --step-size" for "lr"; "" where the name means nothing. `prefix` is "--" on the command line.
std::string foreign_remedy(const Program& program, std::string_view typed, std::string_view prefix);

}  // namespace invar
