// What the plain reductions of this folder read (backend/euler_operands.h), in the formats of runs.
#pragma once

#include "backend/euler_operands.h"

namespace invar::form_detail {

using Doubles = Elements<double>;
using Floats = Elements<float>;
// Of float runs.
using EulerStep = invar::EulerStep<float>;
using Rounding = EulerRounding<float>;
using Middle = EulerMiddle<float>;

}  // namespace invar::form_detail
