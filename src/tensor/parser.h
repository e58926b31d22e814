// A block's lines: tokens → BlockSyntax. The grammar of right sides is in expression_parser.h.
//
//   sizes NAME=INTEGER …     parameters TENSOR ["=" NUMBER] …     constants TENSOR …     input TENSOR     output NAME
//   TENSOR = expression      (law | control | claim) TENSOR = expression      use (used_block.h)
#pragma once

#include "tensor/syntax.h"

namespace invar {

/// Throws InputError where the grammar is violated or a name is unknown, taken twice or used where it may not be.
/// The texts of used blocks are appended to `block`.
BlockSyntax parse_block(BlockText& block, const BlockLibrary& library, TextKind kind);

}  // namespace invar
