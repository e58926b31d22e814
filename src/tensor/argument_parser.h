// What stands behind a function's operand: named arguments and conditions.
#pragma once

#include "tensor/function_table.h"
#include "tensor/tensor_parser.h"

namespace invar {

/// `k=2`, `pairing=half`: appended to the call's options.
void parse_option(TokenCursor& cursor, Factor& call, const FunctionRule& rule);

/// `where u <= t and u > t - 4`, or `where m[e]`.
void parse_condition(TokenCursor& cursor, const KnownTensors& known, Factor& call, const FunctionRule& rule);

}  // namespace invar
