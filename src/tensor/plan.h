// A graph, planned once and replayed for each evaluation: which kernels run in which order, over which memory.
//
// Layout. A batched tensor lies as [elements][lanes], the samples innermost: every kernel runs along the samples at
// vector speed however small the tensors are, and weights are read once for many samples. An unbatched tensor is
// row-major. Offsets and strides of batched tensors count elements; a backend multiplies them by its number of lanes,
// so one plan serves any number of samples up to the memory that was laid out for it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tensor/graph.h"
#include "tensor/offset_table.h"

namespace invar {

/// Where a tensor lies.
struct Location {
  enum class Where : std::uint8_t {
    none,      // no operand: the number 1
    arena,     // intermediate values; batched and unbatched ones in arenas of their own
    variable,  // flat vector `index`
    output,    // the caller's output `index`
    sample,    // SampleLeaf `index`
    constant,  // the plan's constants, concatenated
  };
  Where where = Where::none;
  bool batched = false;
  int index = 0;
  Index offset = 0;
  friend bool operator==(const Location&, const Location&) = default;
};

/// One loop of a product: extent, and the strides of both operands and of the output along it (elements).
struct Loop {
  Index extent = 1;
  Index a = 0, b = 0, out = 0;
};

enum class ProductSide : std::uint8_t { none, rows, columns, sum };

/// out = scale · Σ a b. The loops `rows` (a and out), `columns` (b and out) and `sum` (a and b) are what a kernel
/// blocks over; `outer` is walked by tables of offsets, and the outer part of the sum adds to what is there.
struct ProductKernel {
  Location a, b, out;
  double scale = 1.0;
  Loop rows, columns, sum;
  std::vector<Loop> outer;      // a loop over output elements that is none of the above
  std::vector<Loop> outer_sum;  // summed loops that do not merge into `sum`
  // Terms with index(low) > index(high) are zero, or of no use: see triangles.h. Both `none`: all count.
  ProductSide low = ProductSide::none, high = ProductSide::none;
  // Routed rows: each index of the loop `stretched` (rows or sum) belongs to one entry of `entries`, which the
  // ascending integers name; for each entry there is a product over its stretch of indices. What belongs to none gives
  // zero.
  ProductSide stretched = ProductSide::none;
  Location integers;
  Loop entries;
};

/// A source or target of an instruction: a register (a tile of scratch) or memory that lies like the iteration space.
struct Slot {
  bool memory = false;
  int index = 0;  // register number, or index into `memory`
};

struct Instruction {
  enum class Code : std::uint8_t {
    gather,    // out = a strided operand: `gathers[gather]`
    affine,    // out = factor_a · a + offset
    add,       // out = factor_a · a + factor_b · b + offset
    multiply,  // out = factor_a · a · b
    apply,     // out = function(a)
  };
  Code code = Code::affine;
  Function function = Function::exp;
  Slot out, a, b;
  double factor_a = 1.0, factor_b = 1.0, offset = 0.0;
  int gather = 0;
};

/// Elementwise operations over one iteration space, fused: the space is walked in tiles, each instruction runs over a
/// tile.
struct PointwiseKernel {
  struct Gather {
    Location from;
    // Relative to `from`, one for each run of elements of the space that lie side by side or read the same number.
    OffsetTable offsets;
    Index run = 1;
    bool constant = false;  // in a run; else side by side
  };
  Index elements = 0;
  bool batched = false;
  int registers = 0;
  std::vector<Location> memory;
  std::vector<Gather> gathers;
  std::vector<Instruction> instructions;
};

/// A product with one-hot vectors, which are not stored: out += scale · other, over the loops, where along the chosen
/// axis other and out are read and written at the place that the integers name. So it gathers rows, or scatters them.
/// The sum has a fixed order.
struct ChoiceKernel {
  Location integers, other, out;
  double scale = 1.0;
  Index extent = 1;                        // of the chosen axis
  Index other_stride = 0, out_stride = 0;  // along it; 0 where a tensor lacks it
  std::vector<Loop> loops;                 // a: the integers, b: other
  Index elements = 1;                      // of out
};

/// softmax, log_sum_exp or top_k over the middle axis of [outer, extent, inner]; one_hot: from [outer] to [outer,
/// extent]; routes: from [outer, extent] to [outer·k].
struct RowKernel {
  Op op = Op::softmax;
  Location in, out;
  Location active;  // softmax: a 0/1 mask that is computed; `none` without
  Index outer = 1, extent = 1, inner = 1, k = 0;
  int which = 0;  // routes
  std::shared_ptr<const std::vector<double>>
      mask;                       // softmax: a constant 0/1 mask, repeated over the first axes; null without
  std::vector<Index> first_ones;  // the number of ones that each row of `mask` begins with, where zeros alone follow
};

struct Kernel {
  enum class Kind : std::uint8_t { product, pointwise, row, choice };
  Kind kind = Kind::product;
  std::size_t index = 0;  // into the plan's vector of that kind
};

/// A node whose value the caller wants: written at `offset` of output vector `vector`. A batched node is written as
/// [elements][lanes].
struct Request {
  NodeId node = kNoNode;  // kNoNode: zeros of size `size`
  int vector = 0;
  Index offset = 0;
  Index size = 0;  // for kNoNode only
};

struct KernelPlan {
  std::vector<Kernel> kernels;
  std::vector<ProductKernel> products;
  std::vector<PointwiseKernel> pointwise;
  std::vector<RowKernel> rows;
  std::vector<ChoiceKernel> choices;
  std::vector<double> constants;
  Index batched_arena = 0;    // elements, each of `lanes` scalars
  Index unbatched_arena = 0;  // scalars
  struct Zero {
    int vector;
    Index offset, size;
  };
  std::vector<Zero> zeros;      // outputs that do not depend on anything
  double flops_per_sample = 0;  // of products
  double flops_fixed = 0;       // of products without a sample axis
};

KernelPlan make_plan(const Graph& graph, const std::vector<Request>& requests);

}  // namespace invar
