// How the slices of a form lie in memory, sorted for vector arithmetic. Evaluating a form's polar form b(x,y) is a
// number of dot products of slices and a sparse matrix times these dots.
//
//   panel  slices of one length of which (nearly) all pairs occur: one Gram matrix X Yᵀ (QᵀQ: the columns of Q);
//   lanes  neighbouring slices that only meet themselves (columns): sums over l of x[base + l·stride + j], for all j;
//   runs   the other slices that only meet themselves (rows), cut into pieces of constant stride;
//   pairs  what is left: dots of two lists of elements.
//
// Any cut of a slice serves where it only meets itself, so two columns of one slice are two lanes that add to one dot.
#pragma once

#include <cstdint>
#include <vector>

#include "law/form.h"

namespace invar::form_detail {

struct Panel {
  Index count = 0;          // slices
  Index length = 0;         // elements of a slice in one part
  std::vector<Index> part;  // element l of slice j in part p: part[p] + j·slice_stride + l·position_stride
  Index slice_stride = 0;
  Index position_stride = 0;
  std::vector<Index> elements;  // if not of that kind (part is empty): element l of slice j at [l·count + j]
  std::int32_t dot = 0;         // of slices i and j: dot + i·count + j

  Index total_length() const { return length * (part.empty() ? 1 : static_cast<Index>(part.size())); }
};

struct Lanes {
  Index base = 0, stride = 0, length = 0, count = 0;
  std::vector<std::int32_t> target;  // one a lane
};

struct Run {
  Index base = 0, stride = 0, length = 0;
  std::int32_t target = 0;
};

/// Slices cut for reductions over single slices: squares (target: a dot) or plain sums (target: a slice).
struct Cut {
  std::vector<Lanes> lanes;
  std::vector<Run> runs;
};

struct Pair {
  std::int32_t p = 0, q = 0, dot = 0;  // the dot is (<x_p,y_q> + <y_p,x_q>) / 2
};

/// Rows of a sparse matrix, one a component. Neighbours with as many entries stand side by side: entry e of component
/// first + i is at begin + e · count + i.
struct DotWeights {
  struct Stretch {
    std::int64_t first, count, begin;
    int entries;
  };
  std::vector<Stretch> stretches;
  std::vector<std::int32_t> dot;
  std::vector<double> weight;
};

struct Arrangement {
  std::vector<Panel> panels;
  Cut squares;  // slices that meet themselves and no panel
  Cut norms;    // the squares of the slices that occur in no such product: wanted where x = y only
  std::vector<Pair> pairs;
  std::int32_t dots = 0;
  DotWeights weights;                 // b(x,y) from the dots of x and y: both orders of a panel's pair, half each
  std::vector<std::int32_t> squared;  // the dot that holds a slice's squared norm, when x = y
  Cut sums;                           // of the slices that the linear part reads
};

Arrangement arrange(const LawForm& form);

}  // namespace invar::form_detail
