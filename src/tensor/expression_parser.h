// The right sides of a block's lines: tokens → Expression.
//
//   expression  = ["+" | "-"] term {("+" | "-") term}
//   term        = factor {["*" | "/"] factor}            / binds like *, from the left: a / b c is (a / b) c
//   factor      = (number | "dim" "(" index ")" | tensor | call | "(" expression ")") ["^" ["-"] integer]
//   tensor      = name ["[" {subscript} "]"]              subscript = index | "(" {index} ")" | integer
//   call        = function ["[" {index} "]"] "(" [expression] {"," (name "=" value | "where" conditions)} ")"
//                 | (lookup | concat) "[" index "]" "(" tensor {"," tensor} ")"
//   conditions  = condition {"and" condition} | tensor    condition = sum comparison sum
#pragma once

#include "tensor/tensor_parser.h"

namespace invar {

Expression parse_expression(TokenCursor& cursor, const KnownTensors& known);

}  // namespace invar
