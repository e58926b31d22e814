// A block's lines: tokens → BlockSyntax. The grammar of right sides is in expression_parser.h.
//
//   sizes NAME=INTEGER …            parameters TENSOR …     constants TENSOR …     input TENSOR     output NAME
//   TENSOR = expression             (law | control | claim) TENSOR = expression
#pragma once

#include "tensor/syntax.h"

namespace invar {

/// Throws InputError where the grammar is violated or a name is unknown, taken twice or used where it may not be.
BlockSyntax parse_block(const BlockText& block);

}  // namespace invar
