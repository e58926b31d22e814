// What a block's lines need of each other: an output without the input is refused, what nothing needs is warned of.
#pragma once

#include <string>
#include <vector>

#include "tensor/syntax.h"

namespace invar {

/// Throws InputError where the output does not depend on the input.
void require_input_used(const BlockText& block, const BlockSyntax& syntax);

/// Warnings, "SOURCE:LINE:COLUMN: …": parameters and definitions that the output does not need, constants that no law
/// needs either. Of a used block one, at the line that uses it.
std::vector<std::string> unused(const BlockText& block, const BlockSyntax& syntax);

}  // namespace invar
