// The constants of a tape in a field: numbers by their origin, rotations as powers of points of the circle.
#pragma once

#include <utility>
#include <vector>

#include "exact/random.h"
#include "exact/tape.h"

namespace invar::exact {

/// (sine, cosine) of the angle that u stands for, times an integer.
template <class F>
std::pair<F, F> circle_point(const F& u, std::int64_t multiple);
/// Of the sum of two angles.
template <class F>
std::pair<F, F> turned(const std::pair<F, F>& a, const std::pair<F, F>& b);

/// Each constant of the tape; frequencies with a rational ratio are multiples of a common one, and so are their angles.
template <class F>
std::vector<F> constant_values(const Tape& tape, Random& random);

}  // namespace invar::exact
