// The functions of the notation that know their axes, on the graph; and the masks that conditions describe.
#pragma once

#include "tensor/index_rules.h"
#include "tensor/syntax.h"

namespace invar {

/// function(argument): `letters` are the argument's axes; `mask`, where the call has `where m[…]`, is broadcast to
/// them. The result has the same axes.
NodeId call(const BlockText& block, Graph& graph, const Factor& use, NodeId argument, const Letters& letters,
            NodeId mask);

/// A function without operand; `shape`: the extents of its indices.
NodeId generated(const BlockText& block, Graph& graph, const Factor& use, const Shape& shape);

}  // namespace invar
